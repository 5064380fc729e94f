import type { Disk, Instance } from '../../../src/generated/objects.js';
import type { Tally } from '../tally.js';
import { type AsideParts, makeAside } from './asides.js';
import { BEHAVIOURS } from './behaviours.js';
import type { Outcome } from './caller.js';
import type { SoakInstance } from './instances.js';
import type { CyclePlan, DiskPlan } from './plans.js';

/** Why things are done: Ganeti's programs add a line each, and so does the daemon. */
export const REASON = [['soak', 'keeps the daemon busy', 1]];

export interface TenantParts extends AsideParts {
  readonly instance: SoakInstance;
  readonly tally: Tally;
}

/** Has one instance, takes it through one life after the other, and holds against each call what it should come to. */
export class Tenant {
  readonly #parts: TenantParts;

  constructor(parts: TenantParts) {
    this.#parts = parts;
  }

  /**
   * From the making of the disks to their removal. What should not happen is noted, and made up for.
   *
   * @param isOver asked before each cycle: the rest of the plan is left out then
   */
  async live(plan: DiskPlan, isOver: () => boolean): Promise<void> {
    const { instance, tally } = this.#parts;
    const disks = instance.disks(plan.disks);
    try {
      await this.#makeDisks(disks);
      for (const cycle of plan.cycles) if (!isOver()) await this.#cycle(cycle, disks);
      // As the master does it, whether or not it runs: the links to its disks go, too.
      await this.#succeed('instance_shutdown', [instance.as(BEHAVIOURS[0], disks), 0, REASON]);
      await this.#removeDisks(disks);
      tally.count('disks');
    } catch (error) {
      this.#note(error);
      await this.#cleanUp(disks);
    }
  }

  async #cycle(plan: CyclePlan, disks: readonly Disk[]): Promise<void> {
    const { tally } = this.#parts;
    const instance = this.#parts.instance.as(plan.behaviour, disks);
    const isUp = await this.#start(plan, instance);
    if (plan.isChecked) await this.#expectUp(isUp, instance);
    for (const aside of plan.asides) await this.#makeAside(aside);
    if (isUp && plan.behaviour.failure === undefined && plan.reboot !== undefined)
      await this.#reboot(plan.reboot, plan.behaviour.stopSeconds, instance);
    const stop = [instance, plan.behaviour.stopSeconds, REASON];
    if (plan.isStopCutOff) await this.#parts.caller.hangUp('instance_shutdown', stop);
    await this.#succeed('instance_shutdown', stop);
    if (plan.isChecked) await this.#expectUp(false, instance);
    if (isUp) tally.count('cycles');
  }

  /** Whether the instance runs then. */
  async #start(
    { behaviour: { name, failure }, isStartCutOff }: CyclePlan,
    instance: Instance,
  ): Promise<boolean> {
    const { caller, tally } = this.#parts;
    const params = [instance, false, REASON];
    if (isStartCutOff) await caller.hangUp('instance_start', params);
    const outcome = await caller.call('instance_start', params);
    if (failure === undefined) return expectSuccess('instance_start', outcome);
    // What the start before it has left running is taken for a running instance.
    if (outcome.failure === undefined && outcome.wasCutShort) return true;
    if (!failure.test(outcome.failure ?? ''))
      throw new Error(`the start of one that is ${name} came to ${JSON.stringify(outcome)}`);
    tally.count('expected failures');
    return false;
  }

  async #reboot(type: 'soft' | 'hard', stopSeconds: number, instance: Instance): Promise<void> {
    const { caller, tally } = this.#parts;
    const outcome = await caller.call('instance_reboot', [instance, type, stopSeconds, REASON]);
    // It may have been stopped already when the daemon ended.
    if (outcome.failure !== undefined && outcome.wasCutShort) return;
    expectSuccess(`instance_reboot (${type})`, outcome);
    tally.count('reboots');
  }

  async #expectUp(isUp: boolean, { name, hypervisor, hvparams }: Instance): Promise<void> {
    const info = await this.#succeed('instance_info', [name, hypervisor, hvparams]);
    if ('state' in (info as object) !== isUp)
      throw new Error(`instance_info of ${name}: ${JSON.stringify(info)}, but it is up: ${isUp}`);
    if (isUp) await this.#succeed('instance_usage', [name]);
  }

  async #makeAside(aside: CyclePlan['asides'][number]): Promise<void> {
    const { outcomes, isToFail } = await makeAside(aside, this.#parts);
    for (const outcome of outcomes)
      if (!isToFail) expectSuccess(aside, outcome);
      else if (outcome.failure === undefined) throw new Error(`${aside} should have failed`);
      else this.#parts.tally.count('expected failures');
  }

  async #makeDisks(disks: readonly Disk[]): Promise<void> {
    const { directory } = this.#parts.instance;
    await this.#succeed('file_storage_dir_create', [directory]);
    for (const disk of disks) await this.#makeDisk(disk);
    const instance = this.#parts.instance.as(BEHAVIOURS[0], disks);
    for (const [index, disk] of disks.entries())
      await this.#succeed('blockdev_assemble', [disk, instance, true, index]);
    await this.#succeed('instance_os_add', [instance, false, 0]);
  }

  async #makeDisk(disk: Disk): Promise<void> {
    const { caller, instance } = this.#parts;
    const params = [disk, disk.size, instance.name, true, '', false];
    const made = await caller.call('blockdev_create', params);
    if (!made.wasCutShort || made.failure === undefined) {
      expectSuccess('blockdev_create', made);
      return;
    }
    // It was there already: the daemon ended after it had made it.
    await this.#succeed('blockdev_remove', [disk]);
    await this.#succeed('blockdev_create', params);
  }

  async #removeDisks(disks: readonly Disk[]): Promise<void> {
    for (const disk of disks) {
      await this.#succeed('blockdev_shutdown', [disk]);
      await this.#succeed('blockdev_remove', [disk]);
    }
    await this.#succeed('file_storage_dir_remove', [this.#parts.instance.directory]);
  }

  async #cleanUp(disks: readonly Disk[]): Promise<void> {
    const instance = this.#parts.instance.as(BEHAVIOURS[0], disks);
    try {
      await this.#succeed('instance_shutdown', [instance, 0, REASON]);
      await this.#removeDisks(disks);
    } catch (error) {
      this.#note(error);
    }
  }

  async #succeed(method: string, params: readonly unknown[]): Promise<unknown> {
    const outcome = await this.#parts.caller.call(method, params);
    expectSuccess(method, outcome);
    return outcome.result;
  }

  #note(error: unknown): void {
    const { instance, tally } = this.#parts;
    const message = error instanceof Error ? error.message : String(error);
    tally.fail(`${new Date().toISOString()} ${instance.name}: ${message}`);
  }
}

/** @throws Error with what the daemon said about a failure */
function expectSuccess(what: string, { failure, wasCutShort }: Outcome): true {
  if (failure === undefined) return true;
  const circumstances = wasCutShort ? ' (the daemon or a helper had been ended meanwhile)' : '';
  throw new Error(`${what}${circumstances}: ${failure}`);
}
