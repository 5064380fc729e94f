import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../../../src/base/clock.js';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import {
  ChrootManager,
  type ChrootOptions,
} from '../../../src/hypervisor/chroot/chroot-manager.js';
import { ChrootProcesses } from '../../../src/hypervisor/chroot/chroot-processes.js';
import { ChrootRoots } from '../../../src/hypervisor/chroot/chroot-roots.js';
import { DiskClaims } from '../../../src/hypervisor/chroot/disk-claims.js';
import { DiskRecords } from '../../../src/hypervisor/chroot/disk-records.js';
import { ChrootHotplug } from '../../../src/hypervisor/chroot/hotplug.js';
import { InitScripts } from '../../../src/hypervisor/chroot/init-script.js';
import type { BlockDeviceLink } from '../../../src/hypervisor/hypervisor.js';
import type { LoopDevice } from '../../../src/system/device/loop-devices.js';
import { lookAt } from '../../../src/system/disk/look-at.js';
import { HelperError } from '../../../src/system/helper/failures.js';
import { LoopDoor } from '../../../src/system/helper/loop-door.js';
import type { DiskMount, MountedDisk } from '../../../src/system/mount/mount-disk.js';
import { Mounter } from '../../../src/system/mount/mounter.js';
import type { Leftover } from '../../../src/system/mount/unmount-tree.js';
import { type LogLine, recordingLogger } from '../../unit/rpc/fakes.js';
import { fileDisk, instanceWith } from '../../unit/storage/fixtures.js';
import { FakeCgroups } from './fake-cgroups.js';
import { FakeChrootScripts } from './fake-chroot-scripts.js';
import { commandError, FakeCommands, type ProgramEnd } from './fake-commands.js';
import { FakeDisks } from './fake-disks.js';
import { NODE_INFO } from './fake-hypervisor.js';
import { FakeLoopDevices } from './fake-loop-devices.js';
import { FakeMountTable } from './fake-mount-table.js';
import { FakeProcesses } from './fake-processes.js';
import { Journal } from './journal.js';
import { noPluggedDisks } from './no-plugged-disks.js';

/**
 * A whole ChrootManager above fake doors: directories and files are real, below a temporary directory; mounts, processes,
 * control groups and loop devices are not. `remove` it afterwards.
 */
export class ChrootFixture {
  readonly directory: string;
  readonly journal = new Journal();
  readonly mounts = new FakeMountTable();
  readonly processes = new FakeProcesses(this.journal);
  readonly cgroups = new FakeCgroups(this.journal);
  readonly loops = new FakeLoopDevices(this.mounts, this.journal);
  readonly commands = new FakeCommands((argv) => this.#runScript(argv));
  /** What has been mounted. */
  readonly mounted: DiskMount[] = [];
  readonly disks = new FakeDisks({
    mountDisk: (request) => this.#mount(request),
    unmountAll: (request) => this.#unmount(request),
    ...this.loops.jobs,
    isClaimed: () => false,
  });
  readonly logged: LogLine[];
  /** What can't be unmounted, by what the journal calls the attempt. */
  readonly leftovers = new Map<'unmount' | 'unmount below', Leftover[]>();
  /** Why nothing can be mounted, if that is so. */
  missingMountRight: string | undefined;
  readonly records: DiskRecords;
  readonly roots: ChrootRoots;
  readonly chrootProcesses: ChrootProcesses;
  readonly manager: ChrootManager;
  /** What an instance's script does, also one that fails. */
  onScript: (verb: string, name: string) => void = () => undefined;

  static async create(options: Partial<ChrootOptions> = {}): Promise<ChrootFixture> {
    const fixture = new ChrootFixture(
      await realpath(await mkdtemp(join(tmpdir(), 'chroot-noded-'))),
      options,
    );
    await mkdir(fixture.rootDir);
    await writeFile(fixture.image, '');
    return fixture;
  }

  private constructor(directory: string, options: Partial<ChrootOptions>) {
    this.directory = directory;
    const { commands, journal } = this;
    this.records = new DiskRecords({ directory: join(directory, 'records'), boot: 'this one' });
    const { logger, lines } = recordingLogger();
    this.logged = lines;
    const { disks } = this;
    const mounter = new Mounter({
      disks,
      table: this.mounts,
      missingRight: () => this.missingMountRight,
    });
    const loopDevices = this.loops;
    const loops = new LoopDoor({ disks, loopDevices, mountTable: this.mounts });
    this.roots = new ChrootRoots({
      rootDir: this.rootDir,
      mounter,
      disks,
      loops,
      loopDevices,
      records: this.records,
      claims: new DiskClaims({ disks, loops, loopDevices, mountTable: this.mounts }),
      release: { timeoutMs: 2, pollMs: 1 },
    });
    this.chrootProcesses = new ChrootProcesses({
      roots: this.roots,
      cgroups: this.cgroups,
      processes: this.processes,
      logger,
      killGraceMs: 100,
    });
    this.manager = new ChrootManager({
      roots: this.roots,
      processes: this.chrootProcesses,
      hotplug: new ChrootHotplug({ disks: noPluggedDisks() }),
      scripts: new InitScripts({
        scripts: new FakeChrootScripts(commands),
        logDir: this.logDir,
        clock: SYSTEM_CLOCK,
      }),
      node: {
        info: () => Promise.resolve(NODE_INFO),
        powercycle: () => journal.note('powercycle'),
      },
      options: {
        startTimeoutMs: 5_000,
        enforcesLimits: false,
        maxProcesses: 1_000,
        reportsUsage: false,
        consoleRootDir: '/var/run/roots',
        ...options,
      },
      logger,
    });
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  get rootDir(): string {
    return join(this.directory, 'roots');
  }

  get logDir(): string {
    return join(this.directory, 'log');
  }

  get image(): string {
    return join(this.directory, 'disk0');
  }

  root(name = 'inst1'): string {
    return join(this.rootDir, name);
  }

  /** Names in the directory of the roots. */
  rootNames(): Promise<string[]> {
    return readdir(this.rootDir);
  }

  instance(changes: Partial<Instance> = {}): Instance {
    return instanceWith([fileDisk(this.image)], { name: 'inst1', ...changes });
  }

  /** The instance's disk as the hypervisor gets it. */
  disk(changes: Partial<Disk> = {}): BlockDeviceLink {
    const linkPath = join(this.directory, 'inst1:0');
    return { disk: fileDisk(this.image, changes), devPath: this.image, linkPath };
  }

  async start(changes: Partial<Instance> = {}): Promise<void> {
    await this.manager.startInstance(this.instance(changes), [this.disk()], false);
  }

  /** A running instance, as if an earlier daemon had started it. */
  async runs(name = 'inst1'): Promise<void> {
    await mkdir(this.root(name));
    this.mounts.add(this.root(name));
    this.cgroups.existing.add(`instance-${name}`);
    this.addUser(name);
  }

  /** Has a process use the root of the instance. */
  addUser(name = 'inst1', pid = 4711): void {
    this.processes.users.set(this.root(name), [{ pid, use: 'root' }]);
  }

  /** Makes the step fail that the journal calls `event`, as a program. */
  failProgram(event: string, end: ProgramEnd): void {
    this.journal.fail(event, commandError([event], end, 1_000));
  }

  /** Has the root of inst1 be busy. */
  leaveMounted(): void {
    this.leftovers.set('unmount', [{ mountPoint: this.root(), reason: 'EBUSY' }]);
  }

  async #runScript(argv: readonly string[]): Promise<ProgramEnd> {
    const [, root = '', script = '', verb = ''] = argv;
    this.onScript(verb, root.slice(root.lastIndexOf('/') + 1));
    await this.journal.note(`${script} ${verb}`);
    return {};
  }

  async #mount(request: DiskMount): Promise<MountedDisk> {
    this.mounted.push(request);
    const { disk, target } = request;
    const loop = await this.#loopOver(request);
    this.mounts.add(target, { source: loop?.path ?? disk });
    await this.journal
      .note('mount')
      .catch((error: unknown) => {
        // One that takes too long was made all the same.
        if (!(error instanceof HelperError)) this.mounts.remove(target);
        throw error;
      })
      .finally(() => loop?.close());
    return loop === undefined ? {} : { loop: { path: loop.path, sequence: loop.sequence } };
  }

  async #loopOver({ disk, name, isReadOnly }: DiskMount): Promise<LoopDevice | undefined> {
    const { kind } = await lookAt({ path: disk, followsLinks: true });
    return kind === 'file' ? this.loops.attach(disk, { name, isReadOnly }) : undefined;
  }

  async #unmount({ root, keepRoot }: { root: string; keepRoot: boolean }): Promise<Leftover[]> {
    const event = keepRoot ? 'unmount below' : 'unmount';
    await this.journal.note(event);
    const left = this.leftovers.get(event);
    if (left !== undefined) return left;
    this.mounts.removeBelow(root);
    const points = () => this.mounts.mountPoints.filter((point) => point === root);
    while (points().length > (keepRoot ? 1 : 0)) this.mounts.remove(root);
    return [];
  }
}
