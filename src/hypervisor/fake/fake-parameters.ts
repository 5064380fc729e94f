import type { ParameterTable } from '../parameters.js';

/** Ganeti: constants.HT_MIGRATION_MODES. */
const MIGRATION_MODES: readonly unknown[] = ['live', 'non-live'];

/** Ganeti: FakeHypervisor.PARAMETERS, hv_base.MIGRATION_MODE_CHECK. */
export const FAKE_PARAMETERS: ParameterTable = new Map([
  [
    'migration_mode',
    {
      isRequired: true,
      syntax: {
        isValid: (value) => MIGRATION_MODES.includes(value),
        message: 'invalid migration mode',
      },
    },
  ],
]);
