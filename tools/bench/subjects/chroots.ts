import { randomUUID } from 'node:crypto';
import type { Host } from '../row.js';

const ROOTS_DIR = '/run/ganeti/chroot-hypervisor';
const FILE_STORAGE_DIR = '/srv/ganeti/file-storage';
const PIDS_FILE = '/run/bench-chroots.pids';
const DISK_MIB = 32;
/** How many calls are under way at once while instances are made ready and taken away. */
const CALLERS = 8;
/** How long a script may take to stop its instance; no more than the master grants it. */
const STOP_SECONDS = 120;

/** A disk and an instance as the master sends them; of the many members only those that matter here are named. */
export interface BenchDisk {
  readonly logical_id: readonly [string, string];
  readonly [member: string]: unknown;
}
export interface BenchInstance {
  readonly name: string;
  readonly disks_info: readonly [BenchDisk, ...BenchDisk[]];
  readonly [member: string]: unknown;
}

/**
 * $1: the directory of the roots, $2: the file for PIDs, $3 and on: names. A file system of its own for each, as it is what
 * both daemons tell instances apart by, and the program in it, as its pages count as well.
 */
const START_UNKNOWN = `
  set -eu
  roots=$1 pids=$2
  shift 2
  for name in "$@"; do
    mkdir "$roots/$name"
    mount -t tmpfs -o size=4m,mode=755 bench "$roots/$name"
    cp "$(command -v busybox)" "$roots/$name/busybox"
    chroot "$roots/$name" /busybox sleep infinity </dev/null >/dev/null 2>&1 &
    echo $! >>"$pids"
  done`;

/** The same parameters. What a killed process has used is let go of a little later. */
const STOP_UNKNOWN = `
  set -eu
  roots=$1 pids=$2
  shift 2
  if [ -e "$pids" ]; then xargs --no-run-if-empty kill -KILL <"$pids" || true; rm "$pids"; fi
  for name in "$@"; do
    [ -d "$roots/$name" ] || continue
    for attempt in $(seq 100); do
      mountpoint -q "$roots/$name" || break
      umount "$roots/$name" 2>/dev/null || sleep 0.05
    done
    rmdir "$roots/$name"
  done`;

/** $1: a disk with a root on it, $2 and on: the disks that become like it. */
const COPY_DISKS = `
  set -eu
  template=$1
  shift
  for disk in "$@"; do cp --sparse=always "$template" "$disk"; done`;

/**
 * $1: a disk with a root on it. Its script keeps its output open for as long as the instance runs, as a daemon does that
 * logs to standard error.
 */
const KEEP_OUTPUT_OPEN = `
  set -eu
  script=$(mktemp)
  trap 'rm "$script"' EXIT
  cat >"$script" <<'SCRIPT'
#!/bin/sh
case $1 in
  start) sleep 1000000 </dev/null & echo $! >/tmp/pid; echo started ;;
  stop) kill "$(cat /tmp/pid)"; echo stopped ;;
esac
SCRIPT
  printf '%s\\n' 'rm /ganeti-chroot' "write $script /ganeti-chroot" 'sif /ganeti-chroot mode 0100755' |
    debugfs -w -f - "$1" >/dev/null 2>&1`;

/** $@: for each instance, the directory of its disk, and that of its root, which stock leaves there. */
const REMOVE_DIRECTORIES = `
  set -eu
  while [ $# -gt 0 ]; do
    rm -rf "$1"
    [ ! -e "$2" ] || rmdir "$2"
    shift 2
  done`;

/**
 * `count` live chroots on the measured node for the time of `work`: a root and one process each.
 *
 * @param known whether the daemon itself has started them, and so knows their processes; else a shell has, and it has to
 *   look for them
 */
export async function withChroots<T>(
  host: Host,
  count: number,
  { known }: { known: boolean },
  work: () => Promise<T>,
): Promise<T> {
  if (known)
    return withInstances(host, { count }, async (instances) => {
      await inParallel(instances, CALLERS, (instance) => start(host, instance));
      return work();
    });
  const names = benchNames(host, count);
  try {
    await host.exec('bash', '-c', START_UNKNOWN, 'start', ROOTS_DIR, PIDS_FILE, ...names);
    return await work();
  } finally {
    await host.exec('bash', '-c', STOP_UNKNOWN, 'stop', ROOTS_DIR, PIDS_FILE, ...names);
  }
}

/** How many instances there are, with how many disks each (one), and whether they keep their output open (they do not). */
export interface Kind {
  readonly count: number;
  readonly disks?: number;
  readonly keepOutputOpen?: boolean;
}

/**
 * Instances that are installed but not started, for the time of `work`; whichever of them runs after it is stopped. Their
 * disks are made by the calls that the master makes; the OS is installed on the first, and the others are copies of it.
 */
export async function withInstances<T>(
  host: Host,
  { count, disks = 1, keepOutputOpen = false }: Kind,
  work: (instances: readonly BenchInstance[]) => Promise<T>,
): Promise<T> {
  const instances = benchNames(host, count).map((name) => benchInstance(name, disks));
  try {
    await inParallel(instances, CALLERS, (instance) => makeDisks(host, instance));
    const [first, ...others] = instances;
    if (first !== undefined) await host.call('instance_os_add', [first, false, 0]);
    const roots = [first, ...others].flatMap((instance) =>
      instance === undefined ? [] : [pathOf(instance.disks_info[0])],
    );
    if (keepOutputOpen)
      await host.exec('bash', '-c', KEEP_OUTPUT_OPEN, 'keep', ...roots.slice(0, 1));
    await host.exec('bash', '-c', COPY_DISKS, 'copy', ...roots);
    return await work(instances);
  } finally {
    await inParallel(instances, CALLERS, (instance) => stop(host, instance));
    const directories = instances.flatMap(({ name }) => [directoryOf(name), rootOf({ name })]);
    await host.exec('bash', '-c', REMOVE_DIRECTORIES, 'remove', ...directories);
  }
}

export async function start(host: Host, instance: BenchInstance): Promise<void> {
  await host.call('instance_start', [instance, false, []]);
}

export async function stop(host: Host, instance: BenchInstance): Promise<void> {
  await host.call('instance_shutdown', [instance, STOP_SECONDS, []]);
}

/**
 * Does `act` for each of the items, for up to `callers` of them at once. The first failure is thrown, once all that was
 * begun has ended: what comes after it may take away what they work with.
 */
export async function inParallel<T>(
  items: readonly T[],
  callers: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  let isFailed = false;
  const caller = async () => {
    for (const item of left) {
      if (isFailed) return;
      await act(item).catch((error: unknown) => {
        isFailed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: callers }, caller));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/**
 * All of one length: to the stock daemon, what is mounted for inst10 belongs to inst1, and goes with it. With the host's
 * address in them: loop devices are the whole machine's, and ours takes one over a file of the same name elsewhere, in
 * another cluster, for one over its own.
 */
export function benchNames({ address }: Pick<Host, 'address'>, count: number): string[] {
  const host = address.replaceAll('.', '-');
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(4, '0');
    return `bench${number}-${host}.noded.test`;
  });
}

/** An instance with files as its disks, with all members that the master sends. */
export function benchInstance(name: string, disks = 1): BenchInstance {
  const others = Array.from({ length: disks - 1 }, (_, index) => benchDisk(name, index + 1));
  const disksInfo: BenchInstance['disks_info'] = [benchDisk(name, 0), ...others];
  return {
    name,
    uuid: randomUUID(),
    primary_node: randomUUID(),
    secondary_nodes: [],
    os: 'busybox+default',
    hypervisor: 'chroot',
    hvparams: { init_script: '/ganeti-chroot' },
    beparams: {
      always_failover: false,
      auto_balance: true,
      maxmem: 16,
      minmem: 16,
      spindle_use: 1,
      vcpus: 1,
    },
    osparams: {},
    osparams_private: {},
    admin_state: 'up',
    admin_state_source: 'admin',
    nics: [],
    disks: disksInfo.map((disk) => disk['uuid']),
    disks_info: disksInfo,
    disks_active: true,
    tags: [],
    serial_no: 1,
    ctime: 0,
    mtime: 0,
  };
}

function benchDisk(name: string, index: number): BenchDisk {
  return {
    uuid: randomUUID(),
    dev_type: 'file',
    logical_id: ['loop', `${directoryOf(name)}/disk${index}`],
    iv_name: `disk/${index}`,
    size: DISK_MIB,
    mode: 'rw',
    children: [],
    nodes: [],
    params: {},
    dynamic_params: {},
    serial_no: 1,
    ctime: 0,
    mtime: 0,
  };
}

export function pathOf(disk: BenchDisk): string {
  return disk.logical_id[1];
}

/** Where the instance's root is while it runs. */
export function rootOf({ name }: Pick<BenchInstance, 'name'>): string {
  return `${ROOTS_DIR}/${name}`;
}

function directoryOf(name: string): string {
  return `${FILE_STORAGE_DIR}/${name}`;
}

async function makeDisks(host: Host, instance: BenchInstance): Promise<void> {
  await host.call('file_storage_dir_create', [directoryOf(instance.name)]);
  for (const [index, disk] of instance.disks_info.entries()) {
    await host.call('blockdev_create', [disk, DISK_MIB, instance.name, true, '', false]);
    await host.call('blockdev_assemble', [disk, instance, true, index]);
  }
}
