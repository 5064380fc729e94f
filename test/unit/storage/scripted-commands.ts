import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/base/package-root.js';
import {
  CommandError,
  type CommandResult,
  type CommandRunner,
} from '../../../src/system/command/command.js';
import type { CommandOptions } from '../../../src/system/command/command-options.js';

/** What a program prints, or how it fails. */
export type Answer = string | { readonly exitCode: number | undefined; readonly stderr: string };

/**
 * Starts nothing: answers as the script says, and keeps the command lines.
 *
 * The longest beginning of a command line that the script has counts; one that it has not is a mistake of the test.
 */
export class ScriptedCommands implements CommandRunner {
  readonly lines: string[] = [];
  readonly options: CommandOptions[] = [];
  readonly script: Record<string, Answer>;

  constructor(script: Record<string, Answer> = {}) {
    this.script = script;
  }

  run(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult> {
    const line = argv.join(' ');
    this.lines.push(line);
    this.options.push(options);
    const [key] = Object.keys(this.script)
      .filter((beginning) => line.startsWith(beginning))
      .sort((one, other) => other.length - one.length);
    if (key === undefined) return Promise.reject(new Error(`unexpected command: ${line}`));
    const answer = this.script[key] ?? '';
    if (typeof answer === 'string') return Promise.resolve({ argv, stdout: answer, stderr: '' });
    const { exitCode, stderr } = answer;
    const end = { exitCode, signal: undefined, timedOut: false, cause: new Error('ENOENT') };
    return Promise.reject(new CommandError({ argv, stdout: '', stderr }, end, options.timeoutMs));
  }

  /** The command lines that change something: all but those of the tools that list. */
  get changes(): string[] {
    return this.lines.filter((line) => !/^(lvs|pvs|vgs) /.test(line));
  }
}

/** What a tool of lvm2 printed. */
export function lvmOutput(name: string): string {
  return readFileSync(join(packageRoot(), 'test/data/lvm', `${name}.txt`), 'utf8');
}

/** How lvm2's tools fail. */
export function lvmFailure(stderr: string): Answer {
  return { exitCode: 5, stderr };
}
