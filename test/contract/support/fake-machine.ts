import { readFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SystemDoors } from '../../../src/agent.js';
import { Commands, type CommandOptions } from '../../../src/system/command.js';
import { FakeCgroups } from '../../support/fakes/fake-cgroups.js';
import { FakeCommands, type ProgramEnd } from '../../support/fakes/fake-commands.js';
import { FakeLoopDevices } from '../../support/fakes/fake-loop-devices.js';
import { FakeMountTable } from '../../support/fakes/fake-mount-table.js';
import { FakeProcesses } from '../../support/fakes/fake-processes.js';

/** How mount(8) and chroot(1) fail. */
const EXIT = { mountFailed: 32, notFound: 127 };

type Argv = readonly [string, ...string[]];

/**
 * A machine that a test needs no root for: its mounts, loop devices, control groups and processes are only told of.
 *
 * A disk image is a file of text: the names of the scripts that the chroot in it has, one a line. Each script starts one
 * process, and stops it again. Files and the scripts of OS definitions are real.
 */
export class FakeMachine implements SystemDoors {
  readonly commands = new FakeCommands((argv, options) => this.#carryOut(argv, options));
  readonly processes = new FakeProcesses();
  readonly cgroups = new FakeCgroups();
  readonly mountTable = new FakeMountTable();
  readonly loopDevices = new FakeLoopDevices(this.mountTable);
  readonly sysrqTriggerPath: string;
  readonly #directory: string;
  readonly #programs = new Commands();
  /** What each mount shows, by mount point. */
  readonly #scripts = new Map<string, readonly string[]>();

  /** @param directory the programs in it are real */
  constructor(directory: string) {
    this.#directory = directory;
    this.sysrqTriggerPath = join(directory, 'sysrq-trigger');
    this.cgroups.usage = { memoryBytes: 4096, processes: 1, cpuSeconds: 0.5 };
  }

  /** As after a power failure: nothing runs, nothing is mounted. */
  reset(): void {
    this.processes.users.clear();
    for (const mountPoint of this.mountTable.mountPoints) this.mountTable.remove(mountPoint);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #carryOut(argv: Argv, options: CommandOptions): Promise<ProgramEnd> {
    const [program, ...args] = argv;
    if (program === 'mount') return this.#mount(args);
    if (program === 'umount') return this.#unmount(args);
    if (program === 'chroot') return this.#chroot(args, options);
    if (!program.startsWith(this.#directory))
      throw new Error(`No test is to run ${argv.join(' ')}`);
    await this.#programs.run(argv, { ...options, cgroupProcs: [] });
    return {};
  }

  #mount(args: readonly string[]): ProgramEnd {
    const [source = '', mountPoint = ''] = args.slice(-2);
    const scripts = scriptsIn(this.loopDevices.backingFile(source) ?? source);
    if (scripts.length === 0)
      return { exitCode: EXIT.mountFailed, stderr: wrongFileSystem(mountPoint, source) };
    this.mountTable.add(mountPoint, { source });
    this.#scripts.set(mountPoint, scripts);
    return {};
  }

  #unmount(args: readonly string[]): ProgramEnd {
    this.mountTable.remove(args.at(-1) ?? '');
    return {};
  }

  async #chroot(args: readonly string[], { log }: CommandOptions): Promise<ProgramEnd> {
    const [root = '', script = '', verb] = args;
    if (this.#scripts.get(root)?.includes(script) !== true) {
      const said = `chroot: failed to run command '${script}': No such file or directory\n`;
      if (log !== undefined) await appendFile(log.path, said);
      return { exitCode: EXIT.notFound };
    }
    if (verb === 'start') this.processes.users.set(root, [{ pid: 4711, use: 'root' }]);
    else this.processes.users.delete(root);
    return {};
  }
}

/** Makes a disk image in which there are `scripts`; none for a blank one. */
export async function makeDisk(path: string, scripts: readonly string[]): Promise<void> {
  await writeFile(path, scripts.map((script) => `${script}\n`).join(''));
}

function scriptsIn(image: string): string[] {
  return readFileSync(image, 'utf8').replaceAll('\0', '').split('\n').filter(Boolean);
}

/** In the words of mount(8). */
function wrongFileSystem(mountPoint: string, source: string): string {
  const guesses = `wrong fs type, bad option, bad superblock on ${source}`;
  const others = 'missing codepage or helper program, or other error.';
  const advice = '       dmesg(1) may have more information after failed mount system call.';
  return `mount: ${mountPoint}: ${guesses}, ${others}\n${advice}\n`;
}
