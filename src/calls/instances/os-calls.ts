import type { OsDefinitions } from '../../os/definition.js';
import { diagnoseOs } from '../../os/diagnosis.js';
import type { OsExport } from '../../os/export.js';
import type { OsScripts } from '../../os/scripts.js';
import type { OsValidation } from '../../os/validation.js';
import { done, instanceLock, type SomeCallRows } from '../call-row.js';

export interface OsCallNeeds {
  readonly osDefinitions: OsDefinitions;
  readonly osExport: OsExport;
  readonly osScripts: OsScripts;
  readonly osValidation: OsValidation;
}

export const osCalls = ({ osDefinitions, osExport, osScripts, osValidation }: OsCallNeeds) =>
  ({
    os_diagnose: {
      run: () => diagnoseOs(osDefinitions),
    },
    os_validate: {
      run: ([isRequired, name, checks, parameters, isVariantForced]) =>
        osValidation.validate({ isRequired, name, checks, parameters, isVariantForced }),
    },
    os_export: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, overrides]) => osExport.export(instance, overrides),
    },
    instance_run_rename: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, oldName, debug]) => done(osScripts.rename(instance, oldName, debug)),
    },
  }) satisfies SomeCallRows;
