import { CommandError, type CommandRunner } from '../../../src/system/command/command.js';
import type { CommandOptions } from '../../../src/system/command/command-options.js';

type Argv = readonly [string, ...string[]];

/** How a program ends; by itself and well unless something else is said. */
export interface ProgramEnd {
  readonly exitCode?: number;
  readonly signal?: string;
  readonly timedOut?: boolean;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Carries out nothing: keeps what should have been run, and ends as it is told. */
export class FakeCommands implements CommandRunner {
  readonly runs: { readonly argv: Argv; readonly options: CommandOptions }[] = [];
  /** How a program ends. */
  end: (argv: Argv, options: CommandOptions) => ProgramEnd | Promise<ProgramEnd>;

  constructor(end: FakeCommands['end'] = () => ({})) {
    this.end = end;
  }

  get argvs(): Argv[] {
    return this.runs.map(({ argv }) => argv);
  }

  async run(argv: Argv, options: CommandOptions) {
    this.runs.push({ argv, options });
    const { stdout = '', stderr = '', ...end } = await this.end(argv, options);
    const isGood = Object.keys(end).length === 0;
    if (!isGood) throw commandError(argv, { stdout, stderr, ...end }, options.timeoutMs);
    return { argv, stdout, stderr };
  }
}

/** The failure of a program that ended like this. */
export function commandError(argv: Argv, end: ProgramEnd, timeoutMs = 60_000): CommandError {
  const { exitCode, signal, timedOut = false, stdout = '', stderr = '' } = end;
  const how = { exitCode, signal, timedOut, cause: undefined };
  return new CommandError({ argv, stdout, stderr }, how, timeoutMs);
}
