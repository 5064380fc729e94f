import { tmpdir } from 'node:os';
import { OsDefinitions } from '../os/definition.js';
import { OsExport } from '../os/export.js';
import { OsScripts } from '../os/scripts.js';
import { OsValidation } from '../os/validation.js';
import type { Basis } from './basis.js';
import type { createStorage } from './storage.js';

/** For calls that the master waits 300 s for. */
const FAST_TIMEOUT_MS = 280_000;

/** Builds what serves the calls about OS definitions. Only exports may leave something behind that a script has started. */
export function createOs(
  { config: { paths, timeoutsMs }, commands, confined, clock }: Basis,
  { blockDevices }: Pick<ReturnType<typeof createStorage>, 'blockDevices'>,
) {
  const { logDir, osSearchPath: searchPath } = paths;
  const definitions = new OsDefinitions({ searchPath });
  const timeoutMs = Math.min(timeoutsMs.osScript, FAST_TIMEOUT_MS);
  const common = { definitions, blockDevices, commands: confined };
  const temporaryDir = tmpdir();
  return {
    osDefinitions: definitions,
    osScripts: new OsScripts({ ...common, logDir, clock, timeoutMs: timeoutsMs.osScript }),
    osValidation: new OsValidation({ definitions, commands: confined, timeoutMs }),
    osExport: new OsExport({ ...common, commands, temporaryDir, timeoutMs }),
  };
}
