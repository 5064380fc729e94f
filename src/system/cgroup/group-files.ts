import { closeSync, readSync } from 'node:fs';
import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, ignoring, isDone } from '../../base/errno.js';
import { retry } from '../../base/retry.js';
import { makeDirectory } from '../file/directories.js';
import { stepDone } from '../kernel/steps.js';
import { openUnless } from '../kernel/syscalls.js';

/** What a control group's files answer with once it is removed. */
const GONE = ['ENOENT', 'ENODEV'];
/** How long removal waits for the kernel to let go of the last processes. */
const REMOVAL = { timeoutMs: 500, pollMs: 10 };
/** More than what cgroup.events says, and enough to see whether a list has an entry. */
const START_BYTES = 256;

/** Makes the group, and its parents. Idempotent. */
export async function makeGroup(directory: string): Promise<void> {
  await makeDirectory(directory, 0o755, 'control group made');
}

/** The text of one of the group's files, or undefined when there is no such group or file. */
export async function readGroupFile(directory: string, file: string): Promise<string | undefined> {
  return ignoring(GONE, readFile(join(directory, file), 'utf8'));
}

/**
 * How one of the group's files begins, or undefined when there is no such group or file. At once: the kernel makes it
 * from memory, and for hundreds of groups the ways to Node's threads and back would take longer than a look at all
 * processes.
 */
export function startOfGroupFile(directory: string, file: string): string | undefined {
  const fd = openUnless(`${directory}/${file}`, GONE);
  if (fd === undefined) return undefined;
  try {
    return startOf(fd);
  } catch (error) {
    if (GONE.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  } finally {
    closeSync(fd);
  }
}

function startOf(fd: number): string {
  const start = Buffer.allocUnsafe(START_BYTES);
  return start.toString('latin1', 0, readSync(fd, start));
}

/** A number from one of the group's files; undefined when there is none, or it says "max". */
export async function readGroupNumber(
  directory: string,
  file: string,
): Promise<number | undefined> {
  const text = await readGroupFile(directory, file);
  return text === undefined || !/^\d+\s*$/.test(text) ? undefined : Number(text);
}

/** Writes one of the group's files. */
export async function writeGroupFile(directory: string, file: string, text: string): Promise<void> {
  await writeFile(join(directory, file), text);
}

/** The numbers of the processes in the group and in all groups below it. */
export async function groupProcesses(directory: string): Promise<number[]> {
  const lists = (await groupAndSubgroups(directory)).map(readMembers);
  const numbers = (await Promise.all(lists)).flatMap((list) => list.split('\n'));
  return [...new Set(numbers)].filter(Boolean).map(Number);
}

/** A threaded group, which root in an instance can make, has a list of threads only; they are as good to kill by. */
async function readMembers(directory: string): Promise<string> {
  const processes = ignoring(['ENOTSUP'], readGroupFile(directory, 'cgroup.procs'));
  return (await processes) ?? (await readGroupFile(directory, 'cgroup.threads')) ?? '';
}

/** The group's directory and those of all groups below it, from the top. */
export async function groupAndSubgroups(directory: string): Promise<string[]> {
  const below = await Promise.all((await subgroups(directory)).map(groupAndSubgroups));
  return [directory, ...below.flat()];
}

/**
 * Removes the group and all groups below it. Idempotent.
 *
 * @throws Error `EBUSY` when processes are left in it
 */
export async function removeGroup(directory: string): Promise<void> {
  for (const child of await subgroups(directory)) await removeGroup(child);
  // The kernel lets go of a killed process a little after it is gone from the lists.
  const isRemoved = await retry(
    () => isDone(GONE, rmdir(directory)),
    () => true,
    REMOVAL,
  );
  if (isRemoved) stepDone('control group removed', directory);
}

/** The groups right below the group; none when it is gone. */
export async function subgroups(directory: string): Promise<string[]> {
  const entries = await ignoring(GONE, readdir(directory, { withFileTypes: true }));
  return (entries ?? [])
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(directory, name));
}
