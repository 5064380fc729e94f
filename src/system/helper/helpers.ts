import { fileURLToPath } from 'node:url';
import { HelperError, revivedFailure } from './failures.js';
import { Helper, type HelperEvents, type HelperHandle } from './helper.js';
import type { HelperMessage, JobParams, JobResult, JobTable } from './job-table.js';
import type { JOBS } from './jobs.js';

const HELPER_MAIN = fileURLToPath(new URL('./helper-main.js', import.meta.url));

const LIMITS = {
  /** How many there may be, with those that were given up and are still there. */
  helpers: 12,
  /** How many of them may be at work for, or lost to, one store. */
  perStore: 2,
  /** How long one stays without work. */
  idleMs: 60_000,
  /** How long a job waits for a helper longer than for its end: a helper may have to be started. */
  startMs: 10_000,
  /** How many may end before they are ready, one after the other, until those who wait for one are told. */
  failedStarts: 3,
  /** How long one may take to end that was killed. One that waits for a dead disk does not end before the disk is back. */
  killGraceMs: 500,
};

/** What a job may have to wait for. */
export interface Wait {
  /** The disk, file system or device. One job at a time waits for it, the others wait for that one. */
  readonly waitsFor: string;
  /** What that lies on with others of its kind, such as a file system: they may all stop to answer at the same time. */
  readonly store?: string | undefined;
  /** How long the job may take once a helper has begun it, in milliseconds. */
  readonly timeoutMs: number;
}

/** Carries out jobs outside of this process. What needs this takes the interface, so that tests can pass a fake. */
export interface Delegate<T extends JobTable> {
  /** @throws what the job has failed with; or HelperError when it has not ended */
  run<N extends keyof T & string>(
    name: N,
    params: JobParams<T, N>,
    wait: Wait,
  ): Promise<JobResult<T, N>>;
}

export type HelperDoor = Delegate<typeof JOBS>;

/** How many there are, and have been. */
export interface HelperCounts {
  /** Those at work, those without work, and those that are starting. */
  readonly alive: number;
  /** Those that were given up and have not ended. */
  readonly stuck: number;
  readonly givenUp: number;
  /** Jobs that were begun. */
  readonly jobs: number;
}

interface Task {
  readonly name: string;
  readonly params: unknown;
  readonly wait: Wait;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

interface Member {
  readonly helper: HelperHandle;
  state: 'starting' | 'idle' | 'working' | 'killed' | 'stuck';
  task: Task | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * A few processes of our own for work that may have to wait for a file system, a device or another program without end.
 *
 * A system call that waits for a dead disk can't be called back: it holds its thread, and the process of that thread, until
 * the disk answers. So the work is done by processes that can be given up. They start when they are needed, and end when they
 * have had nothing to do for a while.
 *
 * Each job says what it waits for. No more than one helper waits for the same thing, and no more than two for things on
 * the same store: the others are left for other disks. When a job takes longer than its limit its helper is killed, and
 * the other jobs that wait for the same thing fail as well. While the helper has not ended, all further jobs for that
 * thing fail at once.
 */
export class Helpers<T extends JobTable = typeof JOBS> implements Delegate<T> {
  readonly #launch: (events: HelperEvents) => HelperHandle;
  readonly #limits: Readonly<typeof LIMITS>;
  readonly #members = new Set<Member>();
  #queue: Task[] = [];
  #givenUp = 0;
  #jobs = 0;
  #failedStarts = 0;
  #isClosed = false;

  /** @param launch starts a program that serves the jobs of T (`serveJobs`) */
  constructor({
    launch = (events) => new Helper(HELPER_MAIN, events),
    limits = {},
  }: {
    launch?: (events: HelperEvents) => HelperHandle;
    limits?: Partial<typeof LIMITS>;
  } = {}) {
    this.#launch = launch;
    this.#limits = { ...LIMITS, ...limits };
  }

  get counts(): HelperCounts {
    const stuck = this.#inState('stuck').length;
    const alive = this.#members.size - stuck;
    return { alive, stuck, givenUp: this.#givenUp, jobs: this.#jobs };
  }

  run<N extends keyof T & string>(
    name: N,
    params: JobParams<T, N>,
    wait: Wait,
  ): Promise<JobResult<T, N>> {
    return new Promise((resolve, reject) => {
      const task: Task = {
        name,
        params,
        wait,
        resolve: resolve as (result: unknown) => void,
        reject,
        timer: setTimeout(() => {
          this.#fail(task, noHelper(task.wait));
        }, wait.timeoutMs + this.#limits.startMs),
      };
      this.#queue.push(task);
      this.#advance();
    });
  }

  /** Ends all helpers, and waits for those that can end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#queue) this.#fail(task, new HelperError('the daemon is stopping'));
    const members = [...this.#members];
    for (const { helper, state } of members) if (state !== 'stuck') helper.release();
    const end = performance.now() + this.#limits.killGraceMs;
    while (this.counts.alive > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 5));
    for (const { helper } of this.#members) helper.kill();
  }

  /** Begins all that can begin, and fails what can't for as long as a helper is stuck. */
  #advance(): void {
    const waits = this.#waits();
    let missing = 0;
    for (const task of this.#queue) {
      const refusal = this.#isClosed
        ? new HelperError('the daemon is stopping')
        : this.#refusal(task);
      if (refusal !== undefined) {
        this.#fail(task, refusal);
        continue;
      }
      if (!this.#mayRun(task.wait, waits)) continue;
      waits.push(task.wait);
      // The one that worked last: the others may end.
      const idle = this.#inState('idle').at(-1);
      if (idle === undefined) missing++;
      else this.#begin(idle, task);
    }
    const starting = this.#inState('starting').length;
    const room = this.#limits.helpers - this.#members.size;
    for (let count = Math.min(missing - starting, room); count > 0; count--) this.#start();
  }

  /** What helpers wait for at this moment. */
  #waits(): Wait[] {
    return [...this.#members].flatMap(({ task }) => task?.wait ?? []);
  }

  #mayRun({ waitsFor, store }: Wait, others: readonly Wait[]): boolean {
    if (others.some((other) => other.waitsFor === waitsFor)) return false;
    const neighbours = others.filter((other) => store !== undefined && other.store === store);
    return neighbours.length < this.#limits.perStore;
  }

  #refusal({ wait: { waitsFor, store } }: Task): HelperError | undefined {
    const stuck = this.#inState('stuck').flatMap(({ task }) => task?.wait ?? []);
    if (stuck.some((other) => other.waitsFor === waitsFor)) return stillWaiting(waitsFor, 1);
    const lost = stuck.filter((other) => store !== undefined && other.store === store).length;
    if (lost >= this.#limits.perStore) return stillWaiting(store ?? '', lost);
    if (stuck.length < this.#limits.helpers) return undefined;
    const named = [...new Set(stuck.map((other) => other.store ?? other.waitsFor))].join(', ');
    return new HelperError(`all helpers wait for what does not answer: ${named}`);
  }

  #start(): void {
    const member: Member = {
      helper: this.#launch({
        onReady: () => {
          this.#failedStarts = 0;
          this.#rest(member);
        },
        onAnswer: (answer) => {
          this.#settle(member, answer);
        },
        onEnd: (reason) => {
          this.#bury(member, reason);
        },
      }),
      state: 'starting',
      task: undefined,
      timer: undefined,
    };
    this.#members.add(member);
  }

  #begin(member: Member, task: Task): void {
    this.#queue = this.#queue.filter((queued) => queued !== task);
    clearTimeout(task.timer);
    clearTimeout(member.timer);
    this.#jobs++;
    // Those who worked last are last.
    this.#members.delete(member);
    this.#members.add(member);
    Object.assign(member, { state: 'working', task });
    member.helper.begin(task.name, task.params);
    task.timer = setTimeout(() => {
      this.#giveUp(member, task);
    }, task.wait.timeoutMs);
  }

  #settle(member: Member, answer: Extract<HelperMessage, { kind: 'result' | 'failure' }>): void {
    const { task } = member;
    if (task === undefined || member.state !== 'working') return;
    if (answer.kind === 'result')
      this.#finish(task, () => {
        task.resolve(answer.result);
      });
    else this.#fail(task, revivedFailure(answer.failure));
    this.#rest(member);
  }

  #rest(member: Member): void {
    Object.assign(member, { state: 'idle', task: undefined });
    member.timer = setTimeout(() => {
      member.helper.release();
    }, this.#limits.idleMs);
    member.timer.unref();
    this.#advance();
  }

  #giveUp(member: Member, task: Task): void {
    this.#givenUp++;
    member.state = 'killed';
    member.helper.kill();
    // Known to be lost only if it is not gone in a moment: then those who wait for it are told.
    task.timer = setTimeout(() => {
      member.state = 'stuck';
      this.#failAll(task, noAnswer(task.wait, true));
      this.#advance();
    }, this.#limits.killGraceMs);
  }

  #bury(member: Member, reason: string): void {
    const { task, state } = member;
    clearTimeout(member.timer);
    this.#members.delete(member);
    if (task !== undefined) {
      if (state === 'killed') this.#failAll(task, noAnswer(task.wait, false));
      // Those that waited for one that is stuck have failed already.
      else if (state === 'working')
        this.#fail(
          task,
          new HelperError(`the helper that worked on ${task.wait.waitsFor} ${reason}`),
        );
    } else if (state === 'starting') this.#noteFailedStart(reason);
    this.#advance();
  }

  /** Somebody may have killed it; what fails each time has another cause. */
  #noteFailedStart(reason: string): void {
    if (++this.#failedStarts < this.#limits.failedStarts) return;
    this.#failedStarts = 0;
    for (const queued of this.#queue)
      this.#fail(queued, new HelperError(`a helper could not be started: ${reason}`));
  }

  /** The job that was given up, and those that wait for the same. */
  #failAll(task: Task, error: HelperError): void {
    const { waitsFor } = task.wait;
    for (const other of [task, ...this.#queue])
      if (other.wait.waitsFor === waitsFor) this.#fail(other, error);
  }

  #fail(task: Task, error: Error): void {
    this.#finish(task, () => {
      task.reject(error);
    });
  }

  #finish(task: Task, settle: () => void): void {
    clearTimeout(task.timer);
    this.#queue = this.#queue.filter((queued) => queued !== task);
    settle();
  }

  #inState(state: Member['state']): Member[] {
    return [...this.#members].filter((member) => member.state === state);
  }
}

function noAnswer({ waitsFor, timeoutMs }: Wait, isStuck: boolean): HelperError {
  const survival = isStuck ? ', and SIGKILL has not ended the helper that waits for it' : '';
  return new HelperError(`no answer from ${waitsFor} within ${timeoutMs / 1000} s${survival}`);
}

function stillWaiting(name: string, count: number): HelperError {
  const who = count === 1 ? 'a helper that was given up waits' : 'helpers that were given up wait';
  return new HelperError(`no answer from ${name}: ${who} for it still`);
}

function noHelper({ waitsFor }: Wait): HelperError {
  return new HelperError(`no helper was free to look at ${waitsFor}`);
}
