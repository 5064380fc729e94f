import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../kit/eventually.js';
import type { Leftovers } from '../kit/machine/leftovers.js';
import { Random } from '../kit/random.js';
import { compare, type Compared, isSame } from './comparison.js';
import type { SoakDaemon } from './daemon.js';
import { type Identities, makeIdentities } from './identities.js';
import { Caller } from './load/caller.js';
import { HANGING } from './load/excuses.js';
import { HangingDisk } from './load/hanging-disk.js';
import { keepKillingHelpers, killProcess } from './load/helper-kills.js';
import { SoakInstance } from './load/instances.js';
import { makeOsDefinition } from './load/os-definition.js';
import { phaseEnd } from './load/phases.js';
import { type DiskPlan, planDisk, planWarmUp } from './load/plans.js';
import { cyclesBetween, keepRestarting } from './load/restarts.js';
import { Tenant } from './load/tenant.js';
import { Wires } from './load/wires.js';
import type { Options } from './options.js';
import { otherProcesses, type Snapshot, takeSnapshot } from './snapshot.js';
import type { Tally } from './tally.js';

/** How long what has just been let go of may take to be gone, when the daemon is idle. */
const SETTLE_MS = 60_000;
const SETTLE_PAUSE_MS = 500;

export interface SoakParts {
  readonly daemon: SoakDaemon;
  readonly leftovers: Leftovers;
  readonly tally: Tally;
  readonly options: Options;
  /** Ends it early, but in order. */
  readonly signal: AbortSignal;
}

/** What was found when all was over. */
export interface SoakResult {
  readonly compared: readonly Compared[];
  /** What the daemon has left behind when it had ended. */
  readonly left: readonly string[];
}

/** Something to do for one of the callers again and again. */
interface Crowd {
  readonly tenants: readonly { readonly tenant: Tenant; readonly random: Random }[];
  readonly wires: Wires;
  /** What troubles all of them. */
  readonly hangingDisk: HangingDisk;
  readonly killing: Random;
}

/**
 * A mixed load against a real daemon, in three parts: with restarts every so often, then with a new daemon that warms up,
 * and then that daemon's long run. Throughout, a disk falls silent and helpers are killed every so often. Snapshots are taken
 * while the daemon is idle, and nothing is made to fail: first, before the long run, and after it.
 */
export class Soak {
  readonly #parts: SoakParts;
  #phase = 'preparing';

  constructor(parts: SoakParts) {
    this.#parts = parts;
  }

  /** What it is doing, to be shown. */
  get phase(): string {
    return this.#phase;
  }

  /** @throws Error when it cannot go on at all: the daemon does not start, for instance */
  async run(): Promise<SoakResult> {
    const { daemon, tally } = this.#parts;
    const crowd = await this.#prepare();
    const first = await this.#look(crowd);
    await this.#warmUp(crowd);
    await this.#runWithRestarts(crowd);
    await daemon.restart('SIGTERM');
    tally.count('SIGTERM');
    await this.#warmUp(crowd);
    await this.#run(crowd, 'settling in');
    const lastLife = await this.#look(crowd);
    await this.#run(crowd, 'long run');
    const end = await this.#lookUntilSame(crowd, (found) => compare(first, lastLife, found));
    return { compared: compare(first, lastLife, end), left: await this.#end() };
  }

  async #prepare(): Promise<Crowd> {
    const { daemon } = this.#parts;
    await daemon.prepare();
    const identities = await makeIdentities(daemon.dataDir);
    await makeOsDefinition(daemon.stateDir);
    await daemon.start();
    const wires = new Wires(daemon, identities);
    return {
      tenants: this.#tenants(wires, identities),
      wires,
      hangingDisk: this.#hangingDisk(wires),
      killing: new Random(this.#parts.options.seed, 2),
    };
  }

  #tenants(wires: Wires, identities: Identities): Crowd['tenants'] {
    const { daemon, tally, options } = this.#parts;
    return Array.from({ length: options.callers }, (_, index) => {
      // Each has its own, so that what one of them meets does not change what another one does.
      const randomOf = (purpose: number) => new Random(options.seed, index, purpose);
      const caller = new Caller({ daemon, wires, tally, random: randomOf(0) });
      const instance = new SoakInstance(daemon.stateDir, index);
      const parts = { daemon, caller, identities, tally, instance, random: randomOf(1) };
      return { tenant: new Tenant(parts), random: randomOf(2) };
    });
  }

  #hangingDisk(wires: Wires): HangingDisk {
    const { daemon, tally, options } = this.#parts;
    const random = new Random(options.seed, 1);
    const caller = new Caller({ daemon, wires, tally, random: new Random(options.seed, 3) });
    const instance = new SoakInstance(daemon.stateDir, options.callers, `${HANGING}.example.com`);
    return new HangingDisk({ stateDir: daemon.stateDir, caller, instance, tally, random });
  }

  /** Does the work of a part, with troubles until it is done. */
  async #amidTroubles({ hangingDisk, killing }: Crowd, work: Promise<unknown>): Promise<void> {
    const { daemon, tally } = this.#parts;
    let isDone = false;
    const isOver = () => isDone;
    await Promise.all([
      work.finally(() => {
        isDone = true;
      }),
      hangingDisk.keepHanging(isOver),
      keepKillingHelpers({ daemon, tally, random: killing }, isOver),
    ]);
  }

  /** Every caller does everything once. */
  async #warmUp(crowd: Crowd): Promise<void> {
    this.#phase = 'warming up';
    const { tenants } = crowd;
    await this.#amidTroubles(
      crowd,
      Promise.all(
        tenants.map(({ tenant, random }) =>
          tenant.live(planWarmUp(random), () => this.#isGivenUp()),
        ),
      ),
    );
  }

  async #runWithRestarts(crowd: Crowd): Promise<void> {
    if (this.#isGivenUp()) return;
    const { daemon, tally, options } = this.#parts;
    const random = new Random(options.seed);
    const work = { isOver: false };
    const restarting = keepRestarting(
      { daemon, tally, random },
      cyclesBetween(options.length),
      () => work.isOver,
    );
    await Promise.all([
      restarting,
      this.#run(crowd, 'with restarts').finally(() => {
        work.isOver = true;
      }),
    ]);
  }

  async #run(crowd: Crowd, phase: 'with restarts' | 'settling in' | 'long run') {
    const { tally, options } = this.#parts;
    this.#phase = phase;
    const { tenants } = crowd;
    const hasEnded = phaseEnd(phase, options.length, () => tally.of('cycles'));
    const isOver = () => this.#isGivenUp() || hasEnded();
    const keepLiving = async (tenant: Tenant, nextPlan: () => DiskPlan) => {
      while (!isOver()) await tenant.live(nextPlan(), isOver);
    };
    await this.#amidTroubles(
      crowd,
      Promise.all(tenants.map(({ tenant, random }) => keepLiving(tenant, () => planDisk(random)))),
    );
  }

  /** What is there when nobody calls. */
  async #look({ wires }: Crowd): Promise<Snapshot> {
    const { daemon, leftovers } = this.#parts;
    this.#phase = 'looking';
    await wires.call({ wire: 'unix', method: 'jobqueue_purge', params: [] });
    await wires.close();
    // One that has nothing to do would end by itself, but only in a minute. One that hangs stays, and is found.
    for (const pid of daemon.helpers) killProcess(pid);
    await this.#waitForProcesses();
    return takeSnapshot(daemon, leftovers);
  }

  /** What keeps the log of a script, for instance, ends only when all who write to it have ended. */
  async #waitForProcesses(): Promise<void> {
    const { daemon, leftovers } = this.#parts;
    const end = performance.now() + SETTLE_MS;
    while (otherProcesses(daemon, leftovers).length > 0 && performance.now() < end)
      await delay(SETTLE_PAUSE_MS);
  }

  async #lookUntilSame(
    crowd: Crowd,
    comparison: (found: Snapshot) => readonly Compared[],
  ): Promise<Snapshot> {
    const end = performance.now() + SETTLE_MS;
    for (;;) {
      const found = await this.#look(crowd);
      if (comparison(found).every(isSame) || performance.now() > end) return found;
      await delay(SETTLE_PAUSE_MS);
    }
  }

  async #end(): Promise<string[]> {
    const { daemon, leftovers, tally } = this.#parts;
    this.#phase = 'ending';
    const status = await daemon.stop();
    if (status !== 0) tally.fail(`the daemon ended with ${String(status)}`);
    const left = await leftovers.describe();
    await eventually(() => daemon.helpers.length === 0).catch(() => undefined);
    return [...left, ...daemon.helpers.map((pid) => `helper ${pid}`)];
  }

  #isGivenUp(): boolean {
    return this.#parts.signal.aborted || this.#parts.tally.isHopeless;
  }
}
