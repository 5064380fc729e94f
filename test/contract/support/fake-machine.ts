import { closeSync, openSync, readSync } from 'node:fs';
import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SystemDoors } from '../../../src/compose/basis.js';
import { Commands } from '../../../src/system/command/command.js';
import type { CommandOptions } from '../../../src/system/command/command-options.js';
import {
  type DiskMount,
  type MountedDisk,
  MountError,
} from '../../../src/system/mount/mount-disk.js';
import type { NetworkDoor } from '../../../src/system/network/network.js';
import type { SystemDirs } from '../../../src/system/proc/system-dirs.js';
import { DirectLogs } from '../../support/fakes/direct-logs.js';
import { FakeCgroups } from '../../support/fakes/fake-cgroups.js';
import { FakeChrootScripts } from '../../support/fakes/fake-chroot-scripts.js';
import { FakeCommands, type ProgramEnd } from '../../support/fakes/fake-commands.js';
import { FakeDisks } from '../../support/fakes/fake-disks.js';
import { FakeLoopDevices } from '../../support/fakes/fake-loop-devices.js';
import { FakeMountTable } from '../../support/fakes/fake-mount-table.js';
import { FakeProcesses } from '../../support/fakes/fake-processes.js';
import { type ClusterIdentities, NODES } from './cluster.js';
import { FakePrograms } from './fake-programs.js';

/** How chroot(1) fails. */
const NOT_FOUND = 127;
const MIB = 1024 * 1024;
/** No disk has more scripts than fit in here. */
const SCRIPTS_BYTES = 4096;

type Argv = readonly [string, ...string[]];

/**
 * A machine that a test needs no root for: its mounts, loop devices, control groups, processes, programs and the network
 * are only told of.
 *
 * A disk image begins with text: the names of the scripts that the chroot in it has, one a line. Each script starts one
 * process, and stops it again. Files and the scripts of administrators are real.
 */
export class FakeMachine implements SystemDoors {
  readonly commands = new FakeCommands((argv, options) => this.#carryOut(argv, options));
  readonly logs = new DirectLogs();
  readonly scripts = new FakeChrootScripts(this.commands);
  readonly processes = new FakeProcesses();
  readonly cgroups = new FakeCgroups();
  readonly missingMountRight = () => undefined;
  readonly mountTable = new FakeMountTable();
  readonly loopDevices = new FakeLoopDevices(this.mountTable);
  /** Nodes of disks in chroots that have come and gone. */
  readonly nodeChanges: string[] = [];
  readonly disks = new FakeDisks({
    mountDisk: (request) => this.#mount(request),
    unmountAll: ({ root }) => {
      this.mountTable.remove(root);
      return [];
    },
    ...this.loopDevices.jobs,
    showNodes: ({ label, nodes }) => {
      for (const { name } of nodes) this.nodeChanges.push(`${label} show ${name}`);
    },
    hideNodes: ({ label, names }) => {
      for (const name of names) this.nodeChanges.push(`${label} hide ${name}`);
    },
  });
  readonly programs: FakePrograms;
  readonly network: NetworkDoor = {
    // Every resolver knows it; what it is called then is said by getent.
    hostname: () => 'localhost',
    ownsAddress: (address) => Promise.resolve(this.programs.self.addresses.includes(address)),
    answersTcp: ({ address }) =>
      Promise.resolve(NODES.some(({ addresses }) => addresses.includes(address))),
  };
  readonly systemDirs: SystemDirs;
  readonly transferHelper: string;
  readonly #directory: string;
  readonly #programs = new Commands({ logs: this.logs });
  /** What each mount shows, by mount point. */
  readonly #scripts = new Map<string, readonly string[]>();

  /** @param directory the programs in it are real; it also has what the kernel tells, as `proc` and `sys` */
  constructor(directory: string, sshDir: string, identities: ClusterIdentities) {
    this.#directory = directory;
    this.programs = new FakePrograms(NODES[0], sshDir, identities);
    this.systemDirs = { proc: join(directory, 'proc'), sys: join(directory, 'sys') };
    this.transferHelper = join(directory, 'import-export');
    this.cgroups.usage = { memoryBytes: 4096, processes: 1, cpuSeconds: 0.5, memoryKills: 0 };
  }

  /** As after a power failure: nothing runs, nothing is mounted. */
  reset(): void {
    this.processes.users.clear();
    this.loopDevices.persistent.clear();
    this.programs.lvm.hasVolumes = false;
    for (const mountPoint of this.mountTable.mountPoints) this.mountTable.remove(mountPoint);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #carryOut(argv: Argv, options: CommandOptions): Promise<ProgramEnd> {
    const [program, ...args] = argv;
    if (program === 'chroot') return this.#chroot(args, options);
    const known = this.programs.find(program);
    if (known !== undefined) return known(args, options);
    if (!program.startsWith(this.#directory))
      throw new Error(`No test is to run ${argv.join(' ')}`);
    const { stdout, stderr } = await this.#programs.run(argv, { ...options, cgroupProcs: [] });
    return { stdout, stderr };
  }

  async #mount({ disk, target, name, isReadOnly }: DiskMount): Promise<MountedDisk> {
    const scripts = scriptsIn(disk);
    if (scripts.length === 0) throw new MountError('it holds no file system of a known kind');
    const loop = await this.loopDevices.attach(disk, { name, isReadOnly });
    this.mountTable.add(target, { source: loop.path });
    loop.close();
    this.#scripts.set(target, scripts);
    return { loop: { path: loop.path, sequence: loop.sequence } };
  }

  async #chroot(args: readonly string[], { log }: CommandOptions): Promise<ProgramEnd> {
    const [root = '', script = '', verb] = args;
    if (this.#scripts.get(root)?.includes(script) !== true) {
      const said = `chroot: failed to run command '${script}': No such file or directory\n`;
      if (log !== undefined) await appendFile(log.path, said);
      return { exitCode: NOT_FOUND };
    }
    if (verb === 'start') this.processes.users.set(root, [{ pid: 4711, use: 'root' }]);
    else this.processes.users.delete(root);
    return {};
  }
}

/** Makes a disk image of this size in which there are `scripts`; none for a blank one. */
export async function makeDisk(
  path: string,
  scripts: readonly string[],
  sizeMiB: number,
): Promise<void> {
  await writeFile(path, scripts.map((script) => `${script}\n`).join(''));
  await truncate(path, sizeMiB * MIB);
}

/** The scripts that an image has. */
export function scriptsIn(image: string): string[] {
  const bytes = Buffer.alloc(SCRIPTS_BYTES);
  const file = openSync(image, 'r');
  try {
    readSync(file, bytes);
  } finally {
    closeSync(file);
  }
  return bytes.toString('utf8').replaceAll('\0', '').split('\n').filter(Boolean);
}
