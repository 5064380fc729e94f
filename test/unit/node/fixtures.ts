import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'winston';
import { packageRoot } from '../../../src/base/package-root.js';
import {
  CommandError,
  type CommandResult,
  type CommandRunner,
} from '../../../src/system/command/command.js';
import type { CommandOptions } from '../../../src/system/command/command-options.js';
import type { FileOwner } from '../../../src/system/file/changes.js';

/** Somebody else when we may give files away, and else ourselves. */
export const OWNER: FileOwner =
  process.getuid?.() === 0
    ? { uid: 12345, gid: 23456 }
    : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** A recorded request, who got it, and the answer. */
export interface RecordedCall {
  readonly node: string;
  readonly params: unknown[];
  readonly reply: [boolean, unknown];
}

/** The recorded requests of a call. */
export function recordedTraffic(call: string): RecordedCall[] {
  const file = join(packageRoot(), 'test/data/corpus', `${call}.jsonl`);
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as RecordedCall);
}

/** The parameters of the recorded requests of a call. */
export function recordedParams(call: string): unknown[][] {
  return recordedTraffic(call).map(({ params }) => params);
}

/** Runs nothing: keeps what it was asked, and answers or fails as it is told. */
export class FakeCommands implements CommandRunner {
  readonly asked: { argv: readonly string[]; options: CommandOptions }[] = [];
  stdout = '';
  stderr = '';
  exitCode = 0;
  /** Done before the answer. */
  effect: (argv: readonly string[], options: CommandOptions) => Promise<void> = () =>
    Promise.resolve();

  async run(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult> {
    this.asked.push({ argv, options });
    await this.effect(argv, options);
    const result = { argv, stdout: this.stdout, stderr: this.stderr };
    const end = { exitCode: this.exitCode, signal: undefined, timedOut: false, cause: undefined };
    if (this.exitCode !== 0) throw new CommandError(result, end, options.timeoutMs);
    return result;
  }
}

/** A logger that adds what it is given, of any level, to `logged`. */
export function loggerTo(logged: Record<string, unknown>[]): Logger {
  const log = (message: string, data: object) => logged.push({ message, ...data });
  return { error: log, warn: log, info: log } as unknown as Logger;
}
