import { tmpdir } from 'node:os';
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { Config } from '../config/config.js';
import { OsDefinitions } from '../os/definition.js';
import { OsExport } from '../os/export.js';
import { OsScripts } from '../os/scripts.js';
import { OsValidation } from '../os/validation.js';
import type { BlockDevices } from '../storage/disks/block-devices.js';
import type { CommandRunner } from '../system/command/command.js';

/** For calls that the master waits 300 s for. */
const FAST_TIMEOUT_MS = 280_000;

/**
 * The services for OS definitions.
 *
 * @param doors `confined` leaves nothing behind that a script has started
 */
export function createOsParts(
  { paths, timeoutsMs }: Config,
  {
    commands,
    confined,
    blockDevices,
  }: { commands: CommandRunner; confined: CommandRunner; blockDevices: BlockDevices },
) {
  const definitions = new OsDefinitions({ searchPath: paths.osSearchPath });
  const timeoutMs = Math.min(timeoutsMs.osScript, FAST_TIMEOUT_MS);
  return {
    osDefinitions: definitions,
    osScripts: new OsScripts({
      definitions,
      blockDevices,
      commands: confined,
      logDir: paths.logDir,
      clock: SYSTEM_CLOCK,
      timeoutMs: timeoutsMs.osScript,
    }),
    osValidation: new OsValidation({ definitions, commands: confined, timeoutMs }),
    osExport: new OsExport({
      definitions,
      blockDevices,
      commands,
      temporaryDir: tmpdir(),
      timeoutMs,
    }),
  };
}
