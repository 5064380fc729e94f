import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readable } from '../../../src/system/proc/mount-table.js';
import { Observer, readMounts } from '../../kit/machine/observer.js';
import { allPids, linkOf, openFiles, procText, rssMiB } from '../../kit/machine/processes.js';
import type { HostDaemon } from './host-daemon.js';
import type { HostPaths } from './paths.js';

/** What the daemon holds on to, and what is left of it on its host; the same before and after, but for little. */
export interface HostState {
  readonly descriptors: number;
  readonly residentMiB: number;
  /** Everything on the host but the daemon, the fuzzer and process 1. */
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly loopDevices: readonly string[];
  readonly controlGroups: readonly string[];
  /** What is written first and then renamed. */
  readonly temporaryFiles: readonly string[];
}

/** More than this is a leak. RSS: the largest bodies, and what a garbage collector has not got round to. */
const ALLOWED = { descriptors: 8, residentMiB: 256 };
const TEMPORARY = /^\.[\w-]{12}\.new$|^ganeti-iallocator|\.tmp$/;
/** In every name. */
const ALL = '';

export function hostState(daemon: HostDaemon, paths: HostPaths): HostState {
  const { runDir, dataDir, confDir, storage, exportDir, queue } = paths;
  return {
    descriptors: openFiles(daemon.pid).length,
    residentMiB: Math.round(rssMiB(daemon.pid)),
    processes: processesBut([1, process.pid, daemon.pid]),
    mounts: readMounts().map(({ mountPoint }) => readable(mountPoint)),
    loopDevices: new Observer(paths.name).loopDevices().map(({ backingFile }) => backingFile),
    controlGroups: new Observer(ALL).controlGroups(),
    temporaryFiles: [
      '/tmp',
      '/etc',
      '/root/.ssh',
      runDir,
      dataDir,
      confDir,
      storage,
      exportDir,
      queue,
    ]
      .flatMap((directory) => namesIn(directory).map((name) => join(directory, name)))
      .filter((path) => TEMPORARY.test(basename(path))),
  };
}

/** What there is more of than there may be, in words. */
export function growth(before: HostState, after: HostState): string[] {
  const lists = (
    ['processes', 'mounts', 'loopDevices', 'controlGroups', 'temporaryFiles'] as const
  ).map((what) => [what, after[what].filter((one) => !before[what].includes(one))] as const);
  const figures = (['descriptors', 'residentMiB'] as const)
    .filter((what) => after[what] > before[what] + ALLOWED[what])
    .map((what) => `${what}: ${before[what]} before, ${after[what]} after`);
  return [
    ...lists
      .filter(([, more]) => more.length > 0)
      .map(([what, more]) => `${what}: ${more.join(', ')}`),
    ...figures,
  ];
}

/** By name, since numbers differ. What has ended meanwhile has no root. */
function processesBut(known: readonly number[]): string[] {
  return allPids()
    .filter((pid) => !known.includes(pid))
    .map((pid) => ({ name: procText(pid, 'comm').trim(), root: linkOf(pid, 'root') }))
    .filter(({ root }) => root !== '')
    .map(({ name, root }) => `${name} (${root})`);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // A call may have removed it.
    return [];
  }
}
