import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { readdir, readFile, rmdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode, ignoring, ignoringNow, isDone } from '../../base/errno.js';
import { retry } from '../../base/retry.js';
import { makeDirectory } from '../file/directories.js';
import { stepDone } from '../kernel/steps.js';
import { openUnless } from '../kernel/syscalls.js';
import { childPath } from '../proc/open-directories.js';
import { uptimeSeconds } from '../proc/process-stat.js';

/** What a control group's files answer with once it is removed. */
const GONE = ['ENOENT', 'ENODEV'];
/** What its removal fails with while something is in it. */
const BUSY = ['EBUSY', 'ENOTEMPTY'];
/** How long removal waits for the kernel to let go of the last processes. */
const REMOVAL = { timeoutMs: 500, pollMs: 10 };
/** More than what cgroup.events says, and enough to see whether a list has an entry. */
const START_BYTES = 256;
/** How long it may take to go through all groups that an instance has made in its own. */
const WALK_MS = 10_000;
/** After how many groups others have their turn. */
const GROUPS_PER_TURN = 100;
const EMPTY = /^populated 0$/m;

/** No file of a group is ever made, nor a link followed: the kernel has neither. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW;
const WRITE = constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW;
const OPEN_GROUP = READ | constants.O_DIRECTORY;

/** Makes the group, and its parents. Idempotent. */
export async function makeGroup(directory: string): Promise<void> {
  // Often it is there: to learn that by an error takes longest. The kernel answers at once.
  if (existsSync(directory)) return;
  await makeDirectory(directory, 0o755, 'control group made');
}

/** Makes the group, and notes in its access time, which the kernel does not use, when that was since the boot. */
export async function makeNotedGroup(directory: string): Promise<void> {
  if (existsSync(directory)) return;
  const isNew = (await makeDirectory(directory, 0o755, 'control group made')) !== undefined;
  if (isNew) await utimes(directory, uptimeSeconds(), uptimeSeconds());
}

/** The text of one of the group's files, or undefined when there is no such group or file. */
export async function readGroupFile(directory: string, file: string): Promise<string | undefined> {
  return ignoring(GONE, readFile(join(directory, file), { encoding: 'utf8', flag: READ }));
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
    const start = Buffer.allocUnsafe(START_BYTES);
    return ignoringNow(GONE, () => start.toString('latin1', 0, readSync(fd, start)));
  } finally {
    closeSync(fd);
  }
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
  await writeFile(join(directory, file), text, { flag: WRITE });
}

/**
 * The PIDs of the processes in the group and in all groups below it.
 *
 * @param processOf the process of a thread: a threaded group, which root in an instance can make, has a list of these
 *   only. They are as good to kill by.
 */
export function groupProcesses(
  directory: string,
  processOf: (thread: number) => number = (thread) => thread,
): number[] {
  const found = new Set<number>();
  for (const visit of walkGroups(directory, { skipsEmpty: true }))
    if ('path' in visit) for (const pid of membersOf(visit.path, processOf)) found.add(pid);
  return [...found];
}

function membersOf(path: string, processOf: (thread: number) => number): number[] {
  const processes = numbersIn(path, 'cgroup.procs', [...GONE, 'ENOTSUP']);
  return processes ?? (numbersIn(path, 'cgroup.threads', GONE) ?? []).map(processOf);
}

function numbersIn(path: string, file: string, codes: readonly string[]): number[] | undefined {
  return ignoringNow(codes, () => {
    const fd = openSync(`${path}/${file}`, READ);
    try {
      return readFileSync(fd, 'latin1').split('\n').filter(Boolean).map(Number);
    } finally {
      closeSync(fd);
    }
  });
}

/** A group that is come to, by a path that is good until the next visit, or one that is left, with all that is below it. */
export type GroupVisit = { readonly path: string } | { readonly left: Buffer };

/**
 * Goes through the group and all groups below it. One descriptor goes down and up: the path of a group within groups can
 * be longer than any that the kernel takes.
 *
 * @param skipsEmpty whether to pass by those without processes in them and below, where the kernel tells
 * @throws Error when it takes too long
 */
export function* walkGroups(top: string, { skipsEmpty = false } = {}): Generator<GroupVisit> {
  const end = performance.now() + WALK_MS;
  let group = openGroup(top);
  if (group === undefined) return;
  const above: { name: string; children: string[] }[] = [];
  let children = childrenOf(group);
  try {
    yield { path: pathOf(group) };
    for (;;) {
      if (performance.now() > end)
        throw new Error(`Going through the groups in ${top} takes longer than ${WALK_MS / 1000} s`);
      const name = children.pop();
      if (name !== undefined) {
        const child = openGroup(childPath(group, name));
        if (child === undefined) continue;
        closeSync(group);
        group = child;
        above.push({ name, children });
        children = [];
        if (skipsEmpty && isEmpty(group)) continue;
        children = childrenOf(group);
        yield { path: pathOf(group) };
      } else {
        const back = above.pop();
        if (back === undefined) return;
        const parent = openSync(childPath(group, '..'), OPEN_GROUP);
        closeSync(group);
        group = parent;
        children = back.children;
        yield { left: childPath(group, back.name) };
      }
    }
  } finally {
    closeSync(group);
  }
}

function isEmpty(group: number): boolean {
  return EMPTY.test(startOfGroupFile(pathOf(group), 'cgroup.events') ?? '');
}

function openGroup(path: string | Buffer): number | undefined {
  return ignoringNow(GONE, () => openSync(path, OPEN_GROUP));
}

function pathOf(group: number): string {
  return `/proc/self/fd/${group}`;
}

function childrenOf(group: number): string[] {
  const entries = ignoringNow(GONE, () =>
    readdirSync(pathOf(group), { withFileTypes: true, encoding: 'latin1' }),
  );
  return (entries ?? []).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Goes through them as `walkGroups` does, and lets others have their turn. */
async function forEachGroup(
  top: string,
  act: (visit: GroupVisit) => Promise<unknown>,
): Promise<void> {
  let count = 0;
  for (const visit of walkGroups(top)) {
    await act(visit);
    if (++count % GROUPS_PER_TURN === 0) await nextTurn();
  }
}

/** Writes to a file of the group and of all groups below it, where they have it. */
export function writeGroupFiles(directory: string, file: string, text: string): Promise<void> {
  return forEachGroup(directory, async (visit) => {
    if ('path' in visit) await ignoring(GONE, writeGroupFile(visit.path, file, text));
  });
}

/**
 * Removes the group and all groups below it. Idempotent.
 *
 * @throws Error `EBUSY` when processes are left in it
 */
export async function removeGroup(directory: string): Promise<void> {
  // The kernel lets go of a killed process a little after it is gone from the lists.
  const isRemoved = await retry(
    async () => {
      await forEachGroup(directory, async (visit) => {
        if ('left' in visit) await isDone([...GONE, ...BUSY], rmdir(visit.left));
      });
      return isDone(GONE, rmdir(directory));
    },
    (error) => BUSY.includes(errorCode(error) ?? ''),
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
