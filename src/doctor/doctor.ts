import { loadConfig } from '../config/config.js';
import { parseOptions } from '../config/options.js';
import { Commands } from '../system/command/command.js';
import { ThisMachine } from '../system/kernel/machine.js';
import { canRunChroots, examine } from './examine.js';
import type { Finding } from './finding.js';
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
export async function findingsFor({
  stateDir,
  configFile,
}: Omit<DoctorOptions, 'isJson'>): Promise<Finding[]> {
  const { paths } = loadConfig(
    parseOptions([
      ...(stateDir === undefined ? [] : ['--state-dir', stateDir]),
      ...(configFile === undefined ? [] : ['--config', configFile]),
    ]),
  );
  const machine = new ThisMachine({ commands: new Commands() });
  return examine({ machine, paths, hasStateDir: stateDir !== undefined });
}

/** The same as a text to be printed. */
export async function runDoctor({
  isJson,
  ...options
}: DoctorOptions): Promise<{ report: string; canRunChroots: boolean }> {
  const findings = await findingsFor(options);
  return {
    report: (isJson ? jsonReport : textReport)(findings),
    canRunChroots: canRunChroots(findings),
  };
}
