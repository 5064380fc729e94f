import { constants, existsSync, readFileSync } from 'node:fs';
import { access, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../../base/clock.js';
import { errorReason, ignoring } from '../../base/errno.js';
import { openCgroups } from '../cgroup/open-cgroups.js';
import { Accounts } from '../command/accounts.js';
import { CommandError, type CommandRunner } from '../command/command.js';
import { CLEAN_ENVIRONMENT } from '../command/process-defaults.js';
import { LoopDevices } from '../device/loop-devices.js';
import { readIfExists } from '../file/files.js';
import { Processes } from '../proc/processes.js';
import { ownPidNamespace } from './namespaces.js';
import { type Capability, hasCapability, isInUserNamespace } from './rights.js';

/** Where programs are looked for when they are started. */
const SEARCH_PATH = (CLEAN_ENVIRONMENT['PATH'] ?? '').split(':');
/** What a trial may take. */
const TRIAL_MS = 10_000;
/** The size of the image that a loop device is tried with. */
const IMAGE_BYTES = 64 * 1024;
/** Files that container engines put into each container. */
const CONTAINER_MARKS = { docker: '/.dockerenv', podman: '/run/.containerenv' };
/** Where systemd says that it runs in a container, and in which kind. */
const SYSTEMD_MARK = '/run/systemd/container';

/** What can be asked about this machine and this process to see what they are fit for. */
export interface Machine {
  readonly isRoot: boolean;
  /** The kind of container that this is, as far as that shows; undefined outside of one. */
  readonly container: string | undefined;
  /** As uname(2) says. */
  readonly kernelRelease: string;
  readonly nodeVersion: string;
  readonly isInUserNamespace: boolean;
  hasCapability(capability: Capability): boolean;
  /** Milliseconds since the epoch. */
  wallTime(): Date;
  /** Mounts something in a mount namespace of its own that goes at once; says what went wrong, if anything. */
  tryMount(): Promise<string | undefined>;
  /** Takes a loop device over a small file, and lets go of it; says what went wrong, if anything. */
  tryLoopDevice(): Promise<string | undefined>;
  /** Whether the kernel can be asked for loop devices; says what went wrong, if anything. */
  lookForLoopDevices(): Promise<string | undefined>;
  /** Makes a control group and removes it; says what went wrong, if anything. */
  tryControlGroup(): Promise<string | undefined>;
  hasProgram(name: string): Promise<boolean>;
  hasUser(name: string): Promise<boolean>;
  hasGroup(name: string): Promise<boolean>;
  isDirectory(path: string): Promise<boolean>;
  /** Undefined when there is no such file. */
  readFile(path: string): Promise<string | undefined>;
}

/** The machine that this process runs on. */
export class ThisMachine implements Machine {
  readonly isRoot = process.getuid?.() === 0;
  readonly container = containerKind();
  readonly kernelRelease = release();
  readonly nodeVersion = process.versions.node;
  readonly isInUserNamespace = isInUserNamespace();
  readonly #commands: CommandRunner;
  readonly #accounts: Accounts;

  constructor({ commands }: { commands: CommandRunner }) {
    this.#commands = commands;
    this.#accounts = new Accounts({ commands });
  }

  hasCapability(capability: Capability): boolean {
    return hasCapability(capability);
  }

  wallTime(): Date {
    return SYSTEM_CLOCK.wallTime();
  }

  async tryMount(): Promise<string | undefined> {
    const mount = ['mount', '-n', '-t', 'tmpfs', 'none', tmpdir()];
    return trouble(
      this.#commands.run(['unshare', '--mount', '--propagation', 'private', ...mount], {
        timeoutMs: TRIAL_MS,
      }),
    );
  }

  async tryLoopDevice(): Promise<string | undefined> {
    return inTemporaryDirectory(async (directory) => {
      const image = join(directory, 'image');
      const file = await open(image, 'wx', 0o600);
      await file.truncate(IMAGE_BYTES).finally(() => file.close());
      const loop = await new LoopDevices().attach(image, { name: 'doctor', isReadOnly: true });
      loop.close();
    });
  }

  async lookForLoopDevices(): Promise<string | undefined> {
    const said = await trouble(access('/dev/loop-control', constants.R_OK | constants.W_OK));
    // Without a node of its own in /dev it may still be there.
    return said === undefined ? undefined : this.tryLoopDevice();
  }

  async tryControlGroup(): Promise<string | undefined> {
    return inTemporaryDirectory(async (directory) => {
      const name = `chroot-noded-doctor-${process.pid}`;
      const parts = { processes: new Processes({ timeoutMs: TRIAL_MS }), rootsDir: directory };
      const mountPoint = join(directory, 'cgroup');
      const { cgroups, close } = await openCgroups(name, mountPoint, this.#commands, parts);
      await close();
      if (cgroups.missing !== undefined) throw new Error(cgroups.missing);
    });
  }

  async hasProgram(name: string): Promise<boolean> {
    for (const directory of SEARCH_PATH)
      if ((await trouble(access(join(directory, name), constants.X_OK))) === undefined) return true;
    return false;
  }

  async hasUser(name: string): Promise<boolean> {
    return (await isListed('/etc/passwd', name)) || (await this.#accounts.uid(name)) !== undefined;
  }

  async hasGroup(name: string): Promise<boolean> {
    return (await isListed('/etc/group', name)) || (await this.#accounts.gid(name)) !== undefined;
  }

  async isDirectory(path: string): Promise<boolean> {
    const found = await ignoring(['ENOENT', 'ENOTDIR', 'EACCES'], stat(path));
    return found?.isDirectory() ?? false;
  }

  readFile(path: string): Promise<string | undefined> {
    return readIfExists(path);
  }
}

/** The marks alone do not tell: a machine that was made from the image of a container has them, too. */
function containerKind(): string | undefined {
  if (ownPidNamespace() === undefined) return undefined;
  for (const [kind, mark] of Object.entries(CONTAINER_MARKS)) if (existsSync(mark)) return kind;
  return existsSync(SYSTEMD_MARK) ? readFileSync(SYSTEMD_MARK, 'utf8').trim() : 'of some kind';
}

/** Saves asking getent(1), which is a program, for those that most machines have in their files. */
async function isListed(file: string, name: string): Promise<boolean> {
  const text = (await readIfExists(file)) ?? '';
  return text.split('\n').some((line) => line.startsWith(`${name}:`));
}

async function inTemporaryDirectory(
  work: (directory: string) => Promise<void>,
): Promise<string | undefined> {
  return trouble(
    (async () => {
      const directory = await mkdtemp(join(tmpdir(), 'chroot-noded-doctor-'));
      await work(directory).finally(() => rm(directory, { recursive: true, force: true }));
    })(),
  );
}

/** What `work` fails with, in words; undefined when it does not. */
async function trouble(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return error.output;
    const { path } = error as NodeJS.ErrnoException;
    return path === undefined ? errorReason(error) : `${path}: ${errorReason(error)}`;
  }
}
