import { join } from 'node:path';
import type { Logger } from 'winston';
import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { HotplugError, HypervisorError } from '../../base/errors.js';
import { type Rollback, withRollback } from '../../base/rollback.js';
import { translate } from '../../base/translate.js';
import { BYTES_PER_MIB } from '../../base/units.js';
import type {
  Console,
  Disk,
  Hvparams,
  Instance,
  InstanceConfig,
  MigrationStatus,
  NodeHypervisorInfo,
} from '../../generated/objects.js';
import type { ControlGroup } from '../../system/cgroup/cgroups.js';
import { NoControlGroupsError } from '../../system/cgroup/no-cgroups.js';
import {
  BaseHypervisor,
  type BlockDeviceLink,
  type ConsoleContext,
  type FoundDisk,
  type HotplugChange,
  type HypervisorInstanceInfo,
  type HypervisorInstanceUsage,
  INSTANCE_RUNNING,
  type NodeDoor,
  type StopOptions,
} from '../hypervisor.js';
import { CHROOT_PARAMETERS, initScriptOf } from './chroot-parameters.js';
import type { ChrootProcesses } from './chroot-processes.js';
import type { ChrootRoots } from './chroot-roots.js';
import { chrootConsole } from './console.js';
import { checkHotplug, type ChrootHotplug } from './hotplug.js';
import { type InitScripts, type PreparedRun, ScriptError, type ScriptRun } from './init-script.js';

/** How long processes may take to end by themselves during a reboot, after they were asked. */
const REBOOT_TERM_GRACE_MS = 5_000;
/** How long those may take to end whom the stop script has ended, until they are asked as well. */
const SCRIPT_GRACE_MS = 20;
const IN_USE = 'Processes are still using the chroot';
const NO_MIGRATION = 'Migration not supported by the chroot hypervisor';

/** What an administrator decides about chroots (`chroot` in the configuration file). */
export interface ChrootOptions {
  /** How long an instance's script may take to start it. */
  readonly startTimeoutMs: number;
  /** Whether `maxmem`, `vcpus` and `maxProcesses` are enforced. */
  readonly enforcesLimits: boolean;
  readonly maxProcesses: number;
  /** Whether Ganeti's own calls tell real figures, not its zeros. */
  readonly reportsUsage: boolean;
  /** The directory of the roots as it is configured, maybe with symbolic links: what the master is told. */
  readonly consoleRootDir: string;
}

export interface ChrootManagerParts {
  readonly roots: ChrootRoots;
  readonly processes: ChrootProcesses;
  readonly hotplug: ChrootHotplug;
  readonly scripts: InitScripts;
  readonly node: NodeDoor;
  readonly options: ChrootOptions;
  readonly logger: Logger;
}

/**
 * Lets Ganeti manage chroots (Ganeti: hv_chroot.ChrootManager).
 *
 * The first disk of an instance holds its root and a script which starts and stops it. An instance is alive while it has
 * a process (`ChrootProcesses`).
 */
export class ChrootManager extends BaseHypervisor {
  override readonly name = 'chroot';
  override readonly parameters = CHROOT_PARAMETERS;
  readonly #parts: ChrootManagerParts;

  constructor(parts: ChrootManagerParts) {
    super();
    this.#parts = parts;
  }

  get rootDir(): string {
    return this.#parts.roots.rootDir;
  }

  instanceDir(name: string): string {
    return this.#parts.roots.instanceDir(name);
  }

  /** Whether the instance has any process (Ganeti: _IsDirLive). */
  isLive(name: string): Promise<boolean> {
    return this.#parts.processes.isLive(name);
  }

  /**
   * Mounts the first disk, plugs the others and runs the script; a failure leaves nothing behind. The process of the
   * script is made first: while the disk is mounted, it joins the control groups.
   */
  override async startInstance(
    instance: Instance,
    blockDevices: readonly BlockDeviceLink[],
    _isStartupPaused: boolean,
  ): Promise<void> {
    const { name, disks_info: disks } = instance;
    const initScript = initScriptOf(instance.hvparams);
    const [disk, ...furtherDisks] = blockDevices;
    if (disk === undefined) throw new HypervisorError('The chroot manager needs at least one disk');
    this.#parts.roots.checkMountRight();
    // A start that was cut short by a power failure or a kill may have left a mount.
    if (await this.#hasTraces(name)) await this.#cleanUp(name, { disks, isChecked: false });
    await this.#undoing(name, async (rollback) => {
      await this.#parts.roots.prepare(name, rollback);
      await this.#makeGroup(instance, rollback);
      const script = await this.#prepareStart(name, initScript, rollback);
      rollback.add('further disks', () =>
        this.#parts.hotplug.release(name, { disks, isChecked: false }),
      );
      await this.#parts.roots.mountDisk(name, disk, rollback);
      await this.#parts.hotplug.plug(name, furtherDisks);
      rollback.add('processes', () => this.#parts.processes.kill(name));
      await script.run();
    });
  }

  /** Whether anything is left of a life before. */
  async #hasTraces(name: string): Promise<boolean> {
    const { roots, processes } = this.#parts;
    return (await roots.hasTraces(name)) || processes.group(name).exists();
  }

  override pauseUnlessGone(
    { name }: Instance,
    ms: number,
    clock: Pick<Clock, 'sleep'>,
  ): Promise<void> {
    return this.#parts.processes.pauseUnlessEmptied(name, ms, clock);
  }

  /** One attempt at stopping: the script (once), SIGTERM to all, or with force SIGKILL. */
  override async stopInstance(
    { name, hvparams }: Instance,
    { isForced = false, isRetry = false, timeoutMs = 0 }: StopOptions,
  ): Promise<{ isGone: boolean }> {
    if (!(await this.isLive(name))) return { isGone: true };
    if (isForced) {
      await this.#parts.processes.kill(name);
      return { isGone: true };
    }
    if (!isRetry) {
      await this.#runStopScript(name, initScriptOf(hvparams), timeoutMs);
      await this.#parts.processes.pauseWhilePopulated(name, SCRIPT_GRACE_MS);
      // To find that the script has ended them all takes less than to signal nobody.
      if (!(await this.#parts.processes.isOccupied(name))) return { isGone: true };
    }
    await this.#parts.processes.terminate(name);
    return { isGone: false };
  }

  /**
   * Unmounts everything and removes what `startInstance` made; the caller has seen that nobody uses it. Fails if anybody
   * still uses any of the disks: another node may mount them next.
   */
  override async cleanupInstance(name: string, disks: readonly Disk[]): Promise<void> {
    if (await this.#hasNewUsers(name))
      throw await this.#parts.processes.namingHolders(name, new HypervisorError(IN_USE));
    await this.#cleanUp(name, { disks, isChecked: true });
  }

  /**
   * Whether somebody has come since the caller looked. Who has the root is looked for only where much is mounted: a
   * single mount that is in use the kernel itself does not unmount, of several it would some.
   */
  async #hasNewUsers(name: string): Promise<boolean> {
    if (await this.#parts.processes.group(name).isPopulated()) return true;
    const { roots, processes } = this.#parts;
    return (await roots.hasSeveralMounts(name)) && (await processes.isOccupied(name));
  }

  async #cleanUpUnused({ name, disks_info: disks }: Instance): Promise<void> {
    if (await this.isLive(name)) throw new HypervisorError(IN_USE);
    await this.#cleanUp(name, { disks, isChecked: false });
  }

  async #cleanUp(
    name: string,
    disks: { readonly disks: readonly Disk[]; readonly isChecked: boolean },
  ): Promise<void> {
    try {
      await this.#parts.roots.unmount(name);
    } catch (error) {
      if (!(error instanceof HypervisorError)) throw error;
      throw await this.#parts.processes.namingHolders(name, error);
    }
    await this.#parts.hotplug.release(name, disks);
    const group = this.#parts.processes.group(name);
    const kills = await group.memoryKills();
    if (kills > 0)
      this.#parts.logger.warn('the kernel has killed processes of an instance for memory', {
        instance: name,
        processes: kills,
      });
    await group.remove();
  }

  /** Deviation: Ganeti does not implement it for chroots. The root stays mounted, all else starts again. */
  override async rebootInstance(
    instance: Instance,
    { timeoutMs }: { timeoutMs: number },
  ): Promise<void> {
    const { name } = instance;
    const initScript = initScriptOf(instance.hvparams);
    const end = performance.now() + timeoutMs;
    await this.stopInstance(instance, { timeoutMs });
    const graceMs = Math.max(0, Math.min(REBOOT_TERM_GRACE_MS, end - performance.now()));
    if (!(await this.#parts.processes.waitUntilDead(name, graceMs)))
      await this.#parts.processes.kill(name);
    await this.#undoing(name, async (rollback) => {
      rollback.add('mounts', () => this.#cleanUpUnused(instance));
      await this.#parts.roots.unmount(name, { keepRoot: true });
      await this.#parts.hotplug.show(instance);
      rollback.add('processes', () => this.#parts.processes.kill(name));
      const script = await this.#prepareStart(name, initScript, rollback);
      await script.run();
    });
  }

  override async listInstances(): Promise<string[]> {
    return this.#parts.processes.liveAmong(await this.#parts.roots.names());
  }

  override async getInstanceInfo(name: string): Promise<HypervisorInstanceInfo | undefined> {
    // Deviation: Ganeti raises for an instance that does not run, and so can't start any.
    return (await this.isLive(name)) ? this.#infoOf(name) : undefined;
  }

  override async getAllInstancesInfo(): Promise<HypervisorInstanceInfo[]> {
    return Promise.all((await this.listInstances()).map((name) => this.#infoOf(name)));
  }

  override async getInstanceUsage(name: string): Promise<HypervisorInstanceUsage> {
    if (!(await this.isLive(name))) throw new HypervisorError(`Instance ${name} is not running`);
    const group = this.#parts.processes.group(name);
    const { memoryBytes = null, processes, cpuSeconds = null, ...rest } = await group.usage();
    const { memoryKills = null } = rest;
    return { memoryBytes, processes, cpuSeconds, cgroup: group.directory, memoryKills };
  }

  override async whyDown(name: string): Promise<string | undefined> {
    const kills = await this.#parts.processes.group(name).memoryKills();
    return kills === 0 ? undefined : `the kernel has killed ${kills} of its processes for memory`;
  }

  /** Does nothing unless limits are enforced: chroots have none in Ganeti. */
  override async balloonInstanceMemory({ name }: Instance, memoryMiB: number): Promise<void> {
    if (!this.#parts.options.enforcesLimits) return;
    try {
      await this.#parts.processes.group(name).limit({ memoryBytes: memoryMiB * BYTES_PER_MIB });
    } catch (error) {
      throw new HypervisorError(`Can't limit memory: ${messageOf(error)}`, { cause: error });
    }
  }

  /** The loop device over a disk that has grown grows as well; the file system is the instance's own business. */
  override async resizeDisk({ name }: Instance, disk: FoundDisk): Promise<void> {
    await this.#parts.roots.resizeDisk(name, disk.devPath);
    await this.#parts.hotplug.resize(name, disk);
  }

  /** Deviation: Ganeti has no hotplug for chroots, and can't take a disk from one that runs. */
  override async hotplugSupported({ name }: Instance): Promise<void> {
    if (!(await this.isLive(name))) throw new HotplugError('Instance is probably down');
  }

  override async verifyHotplugSupport(
    instance: Instance,
    action: string,
    target: string,
  ): Promise<void> {
    checkHotplug(action, target);
    await this.hotplugSupported(instance);
  }

  override hotAddDevice(instance: Instance, change: HotplugChange): Promise<string> {
    return this.#parts.hotplug.add(instance, change);
  }

  override hotDelDevice(instance: Instance, change: HotplugChange): Promise<string> {
    return this.#parts.hotplug.remove(instance, change);
  }

  /** Only for network interfaces, of which a chroot has none of its own: they are the host's. */
  override hotModDevice(): Promise<string> {
    return Promise.resolve('');
  }

  override getNodeInfo(_hvparams?: Hvparams): Promise<NodeHypervisorInfo> {
    return this.#parts.node.info();
  }

  override async getInstanceConsole(
    { name }: InstanceConfig,
    context: ConsoleContext,
  ): Promise<Console> {
    if (!(await this.#parts.roots.isMounted(name)))
      throw new HypervisorError(`Instance ${name} is not running`);
    return chrootConsole(name, join(this.#parts.options.consoleRootDir, name), context);
  }

  override async verify(): Promise<string | null> {
    const problem = `The required directory '${this.rootDir}' does not exist`;
    return this.formatVerifyResults((await this.#parts.roots.exists()) ? [] : [problem]);
  }

  override powercycleNode(_hvparams?: Hvparams): Promise<void> {
    return this.#parts.node.powercycle();
  }

  override migrateInstance(): Promise<void> {
    return Promise.reject(new HypervisorError(NO_MIGRATION));
  }

  override getMigrationStatus(): Promise<MigrationStatus> {
    return Promise.reject(new HypervisorError(NO_MIGRATION));
  }

  async #makeGroup({ name, beparams }: Instance, rollback: Rollback): Promise<void> {
    const group = this.#parts.processes.group(name);
    rollback.add(`control group of ${name}`, () => group.remove());
    await makeGroup(group);
    if (!this.#parts.options.enforcesLimits) return;
    const { maxmem, vcpus } = beparams;
    const { maxProcesses: processes } = this.#parts.options;
    try {
      await group.limit({
        memoryBytes: maxmem === undefined ? undefined : maxmem * BYTES_PER_MIB,
        cpus: vcpus,
        processes,
      });
    } catch (error) {
      throw new HypervisorError(`Can't limit instance ${name}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async #prepareStart(
    name: string,
    script: string,
    rollback: Rollback,
  ): Promise<{ run: () => Promise<void> }> {
    const failing = <T>(work: () => Promise<T>) =>
      translate(
        ScriptError,
        (error) =>
          new HypervisorError(`Can't run the chroot start script: ${error.message}`, {
            cause: error,
            data: { script, log: this.#parts.scripts.logFile(name) },
          }),
        work,
      );
    const prepared = await failing(() => this.#prepare({ instance: name, script, verb: 'start' }));
    rollback.add('start script', () => prepared.cancel());
    const { startTimeoutMs } = this.#parts.options;
    return { run: () => failing(() => this.#run(name, prepared, startTimeoutMs)) };
  }

  /** Deviation: to Ganeti a failing script is the end, and the instance can't be stopped; here it is killed then. */
  async #runStopScript(instance: string, script: string, timeoutMs: number): Promise<void> {
    if (timeoutMs <= 0 || !(await this.#parts.roots.isMounted(instance))) return;
    const { logger } = this.#parts;
    // The stop goes on without a log: a full disk must not prevent a clean end.
    const onUnlogged = (reason: string) => {
      logger.warn('chroot stop script runs without a log', { instance, reason });
    };
    try {
      const prepared = await this.#prepare({ instance, script, verb: 'stop', onUnlogged });
      try {
        await this.#run(instance, prepared, timeoutMs);
      } finally {
        await prepared.cancel();
      }
    } catch (error) {
      if (!(error instanceof ScriptError) && !(error instanceof HypervisorError)) throw error;
      logger.warn('chroot stop script failed', { instance, reason: error.message });
    }
  }

  async #prepare(run: Omit<ScriptRun, 'cgroupProcs'>): Promise<PreparedRun> {
    const group = this.#parts.processes.group(run.instance);
    // An instance that Ganeti's own daemon has started has none yet.
    await makeGroup(group);
    return this.#parts.scripts.prepare({ ...run, cgroupProcs: group.procsFiles });
  }

  async #run(instance: string, prepared: PreparedRun, timeoutMs: number): Promise<void> {
    const root = await this.#parts.roots.openDisk(instance);
    try {
      await prepared.run(root.path, timeoutMs);
    } finally {
      root.close();
    }
  }

  async #infoOf(name: string): Promise<HypervisorInstanceInfo> {
    const zeros = { name, id: 0, memory: 0, vcpus: 0, state: INSTANCE_RUNNING, times: 0 };
    if (!this.#parts.options.reportsUsage) return zeros;
    const { memoryBytes = 0, cpuSeconds = 0 } = await this.#parts.processes.group(name).usage();
    return { ...zeros, memory: Math.round(memoryBytes / BYTES_PER_MIB), times: cpuSeconds };
  }

  /** What can't be undone is logged, and told to the caller as well. */
  async #undoing(name: string, work: (rollback: Rollback) => Promise<void>): Promise<void> {
    const left: string[] = [];
    try {
      await withRollback(work, (what, error) => {
        left.push(what);
        this.#parts.logger.error('undo failed', { instance: name, what, reason: messageOf(error) });
      });
    } catch (error) {
      if (left.length === 0 || !(error instanceof HypervisorError)) throw error;
      const message = `${error.message}; left behind: ${left.join(', ')}`;
      throw new HypervisorError(message, { cause: error, data: { ...error.data, left } });
    }
  }
}

/** @throws HypervisorError where no control groups can be made */
async function makeGroup(group: ControlGroup): Promise<void> {
  try {
    await group.create();
  } catch (error) {
    if (!(error instanceof NoControlGroupsError)) throw error;
    const message = `No right to make a control group: ${error.message}; see chroot-nodectl doctor`;
    throw new HypervisorError(message, { cause: error });
  }
}
