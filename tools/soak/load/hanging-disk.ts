import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import { SilentDisk } from '../../kit/machine/silent-disk.js';
import type { Random } from '../../kit/random.js';
import type { Tally } from '../tally.js';
import { BEHAVIOURS, MOUNT_SECONDS } from './behaviours.js';
import type { Caller, Outcome } from './caller.js';
import { HANGING, isUnanswered } from './excuses.js';
import type { SoakInstance } from './instances.js';
import { REASON } from './tenant.js';

const PAUSE_MS = { least: 200, most: 1_500 };
/** Some are over before the daemon's time limit, some are not. */
const SILENCE_MS = { least: 500, most: 2_500 * MOUNT_SECONDS };
const MOST_ASKED = 4;
/** How long a call may take beyond the time limits that it waits for, on a machine that is busy. */
const SLACK_MS = 5_000;
/** How long it may take until the daemon knows that the disk answers again. */
const RECOVERY_MS = 10_000;
const POLL_MS = 50;
const STOP_SECONDS = 1;

interface HangingDiskParts {
  readonly stateDir: string;
  readonly caller: Pick<Caller, 'call'>;
  /** Has its only disk there. */
  readonly instance: SoakInstance;
  readonly tally: Tally;
  readonly random: Random;
}

/** A call that asks for the disk. */
export interface Question {
  readonly method: string;
  readonly params: readonly unknown[];
  /** For how many time limits, one after the other, it may wait. */
  readonly limits: number;
}

type Questions = Record<'find' | 'dimensions' | 'start' | 'stop', Question>;

/** A shared disk of an instance that answers nothing at all every so often, as one whose server is gone. */
export class HangingDisk {
  readonly #parts: HangingDiskParts;
  readonly #directory: string;

  constructor(parts: HangingDiskParts) {
    this.#parts = parts;
    this.#directory = join(parts.stateDir, 'file-storage', HANGING);
  }

  /** Once at least; after the end nothing of it is there any more. */
  async keepHanging(isOver: () => boolean): Promise<void> {
    const silent = await SilentDisk.create(this.#directory);
    try {
      do await this.#round(silent);
      while (!isOver());
    } finally {
      await silent.remove();
    }
  }

  async #round(silent: SilentDisk): Promise<void> {
    const { random } = this.#parts;
    const questions = this.#questions(silent);
    await delay(between(random, PAUSE_MS));
    await this.#noting(async () => {
      if (random.chance(0.5)) await this.#succeedSoon(questions.start);
      await this.#fallSilent(silent, questions);
    });
    await silent.answer();
    // Whatever came of it, all of it is right again.
    for (const question of [questions.find, questions.stop])
      await this.#noting(() => this.#succeedSoon(question));
  }

  async #fallSilent(
    silent: SilentDisk,
    { find, dimensions, start, stop }: Questions,
  ): Promise<void> {
    const { random, tally } = this.#parts;
    const change = random.pick([start, stop]);
    const count = 1 + random.below(MOST_ASKED);
    const asked = random.shuffled([find, find, dimensions, change]).slice(0, count);
    const silenceMs = between(random, SILENCE_MS);
    await silent.fallSilent();
    tally.count('silences');
    const answers = asked.map(async (question) => {
      await delay(random.below(silenceMs / 2));
      await this.#ask(question);
    });
    const [, ...ends] = await Promise.allSettled([
      delay(silenceMs).then(() => silent.answer()),
      ...answers,
    ]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #ask(question: Question): Promise<void> {
    const { caller, tally } = this.#parts;
    const outcome = await caller.call(question.method, question.params);
    if (!isAnswer(question, outcome)) tally.count('calls not waited for');
  }

  async #succeedSoon({ method, params }: Question): Promise<void> {
    const end = performance.now() + RECOVERY_MS;
    for (;;) {
      const outcome = await this.#parts.caller.call(method, params);
      if (outcome.failure === undefined) return;
      if (!isUnanswered(outcome.failure) || performance.now() > end)
        throw new Error(`${method} when its disk answers: ${outcome.failure}`);
      await delay(POLL_MS);
    }
  }

  #questions({ path }: SilentDisk): Questions {
    const [own] = this.#parts.instance.disks(1);
    const disk = { ...own, dev_type: 'sharedfile', logical_id: ['loop', path] } as Disk;
    const instance = this.#instance(disk);
    const question = (limits: number, method: string, ...params: unknown[]): Question => ({
      method,
      params,
      limits,
    });
    return {
      find: question(1, 'blockdev_find', disk),
      dimensions: question(1, 'blockdev_getdimensions', [disk]),
      start: question(3, 'instance_start', instance, false, REASON),
      stop: question(3, 'instance_shutdown', instance, STOP_SECONDS, REASON),
    };
  }

  #instance(disk: Disk): Instance {
    return {
      ...this.#parts.instance.as(BEHAVIOURS[0], [disk]),
      hvparams: { init_script: '/ganeti-chroot' },
    };
  }

  async #noting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#parts.tally.fail(`${new Date().toISOString()} the hanging disk: ${message}`);
    }
  }
}

function between(random: Random, { least, most }: { least: number; most: number }): number {
  return least + random.below(most - least);
}

/**
 * Whether a call was answered, rather than given up, while its disk was silent.
 *
 * @throws Error when it took longer than it may, or has failed for another reason
 */
export function isAnswer({ method, limits }: Question, { failure, ms }: Outcome): boolean {
  if (ms > limits * MOUNT_SECONDS * 1000 + SLACK_MS)
    throw new Error(`${method} took ${Math.round(ms)} ms while its disk was silent`);
  if (failure === undefined) return true;
  if (!isUnanswered(failure)) throw new Error(`${method} while its disk was silent: ${failure}`);
  return false;
}
