import { BYTES_PER_MIB } from '../../base/units.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import type { MountTable } from '../../system/proc/mount-table.js';
import { type FileSystemSpace, localSpace } from './local-space.js';

/** A file system on the net may be out of reach. */
const TIMEOUT_MS = 30_000;

/**
 * The room in the file system that `path` is on.
 *
 * Of a local one Node asks the kernel. Of any other a program does: Node does not tell in which unit file systems in user
 * space count, and one that does not answer would block one of Node's few threads.
 *
 * @param mountTable says which are local
 * @throws Error whose message is what the system said
 */
export async function fileSystemSpace(
  commands: CommandRunner,
  path: string,
  mountTable: Pick<MountTable, 'read'>,
): Promise<FileSystemSpace> {
  if (path.includes('\0')) throw new Error('Invalid argument');
  // What is wrong with a path is said by the program, in the words of the system.
  const space = await localSpace(path, mountTable).catch(() => undefined);
  return space ?? spaceByProgram(commands, path);
}

async function spaceByProgram(commands: CommandRunner, path: string): Promise<FileSystemSpace> {
  const stdout = await statFileSystem(commands, path);
  const [unit, blocks, available] = stdout.trim().split(' ').map(Number);
  if (unit === undefined || blocks === undefined || available === undefined)
    throw new Error(`unexpected output of stat: ${JSON.stringify(stdout)}`);
  return { sizeBytes: unit * blocks, freeBytes: unit * available };
}

async function statFileSystem(commands: CommandRunner, path: string): Promise<string> {
  const argv = ['stat', '--file-system', '--format=%S %b %a', '--', path] as const;
  try {
    return (await commands.run(argv, { timeoutMs: TIMEOUT_MS })).stdout;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // stat: cannot read file system information for '…': No such file or directory
    throw new Error(error.output.split(': ').at(-1), { cause: error });
  }
}

/** To the nearest whole number, halves to the even one, as Python's round() does it. */
export function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Ganeti: utils.BytesToMebibyte */
export function nearestMiB(bytes: number): number {
  return roundHalfToEven(bytes / BYTES_PER_MIB);
}

export function wholeMiB(bytes: number): number {
  return Math.floor(bytes / BYTES_PER_MIB);
}
