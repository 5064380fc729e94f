import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { AgentProcess } from './agent-process.js';
import type { HostPaths } from './paths.js';

/** What the agent holds on to, and what is left of it on its host; the same before and after, but for little. */
export interface HostState {
  readonly descriptors: number;
  readonly residentMiB: number;
  /** Everything on the host but the agent, the fuzzer and process 1. */
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly loopDevices: readonly string[];
  readonly controlGroups: readonly string[];
  /** What is written first and then renamed. */
  readonly temporaryFiles: readonly string[];
}

const MIB = 1024 * 1024;
/** More than this is a leak. RSS: the largest bodies, and what a garbage collector has not got round to. */
const ALLOWED = { descriptors: 8, residentMiB: 256 };
const TEMPORARY = /^\.[\w-]{12}\.new$|^ganeti-iallocator|\.tmp$/;
const BLOCK_DEVICES = '/sys/devices/virtual/block';

export function hostState(agent: AgentProcess, paths: HostPaths): HostState {
  const { runDir, dataDir, confDir, storage, exportDir, queue } = paths;
  return {
    descriptors: agent.descriptors,
    residentMiB: Math.round(agent.residentBytes / MIB),
    processes: processesBut([1, process.pid, agent.pid]),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? ''),
    loopDevices: loopsWith(paths.name),
    controlGroups: foldersBelow('/sys/fs/cgroup', 4),
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
      .flatMap((folder) => namesIn(folder).map((name) => join(folder, name)))
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

/** By name, since numbers differ. */
function processesBut(known: readonly number[]): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !known.includes(Number(name)))
    .flatMap((pid) => {
      try {
        return [
          `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (${readlinkSync(`/proc/${pid}/root`)})`,
        ];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

function loopsWith(marker: string): string[] {
  return readdirSync(BLOCK_DEVICES)
    .filter((name) => name.startsWith('loop'))
    .flatMap((name) => {
      try {
        return [readFileSync(`${BLOCK_DEVICES}/${name}/loop/backing_file`, 'utf8').trim()];
      } catch {
        // It is free.
        return [];
      }
    })
    .filter((file) => file.includes(marker));
}

function foldersBelow(folder: string, depth: number): string[] {
  if (depth === 0) return [];
  return namesIn(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    .flatMap((path) => [path, ...foldersBelow(path, depth - 1)]);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A call may have removed it.
    return [];
  }
}
