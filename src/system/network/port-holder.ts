import { CommandError, type CommandRunner } from '../command/command.js';

const TIMEOUT_MS = 5_000;

/** The programs that listen on a TCP port, as "name (PID 123)"; none when that can't be found out. */
export async function holdersOfPort(port: number, commands: CommandRunner): Promise<string[]> {
  try {
    const { stdout } = await commands.run(
      ['ss', '--no-header', '--listening', '--numeric', '--tcp', '--processes', `sport = ${port}`],
      { timeoutMs: TIMEOUT_MS },
    );
    const found = [...stdout.matchAll(/\("([^"]*)",pid=(\d+)/g)];
    return [...new Set(found.map(([, name, pid]) => `${name} (PID ${pid})`))];
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}
