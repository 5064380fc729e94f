import { loadConfig } from '../config/config.js';
import { parseOptions } from '../config/options.js';
import { Commands } from '../system/command.js';
import { ThisMachine } from '../system/machine.js';
import { canRunChroots, examine } from './examine.js';
import { jsonReport, textReport } from './report.js';

/** What `chroot-nodectl doctor` is given. */
export interface DoctorOptions {
  readonly stateDir: string | undefined;
  readonly configFile: string | undefined;
  readonly isJson: boolean;
}

/**
 * Examines this machine for a daemon that is started with the same options.
 *
 * @throws UsageError for a configuration that can't be used
 */
export async function runDoctor({
  stateDir,
  configFile,
  isJson,
}: DoctorOptions): Promise<{ report: string; canRunChroots: boolean }> {
  const { paths } = loadConfig(
    parseOptions([
      ...(stateDir === undefined ? [] : ['--state-dir', stateDir]),
      ...(configFile === undefined ? [] : ['--config', configFile]),
    ]),
  );
  const machine = new ThisMachine({ commands: new Commands() });
  const findings = await examine({ machine, paths, hasStateDir: stateDir !== undefined });
  return {
    report: (isJson ? jsonReport : textReport)(findings),
    canRunChroots: canRunChroots(findings),
  };
}
