import { RpcFailure } from '../base/errors.js';
import { mapLimited } from '../base/map-limited.js';
import { identitiesOf } from '../system/file/identities.js';

/** What a lock is on: a name, or what is at a path, however the path is written. */
export type Thing = string | Path;

interface Path {
  readonly path: string;
}

/** What locks are kept by, each with what its thing is called. */
type Keys = ReadonlyMap<string, string>;

/** A call's place in the queue of each of its keys; it works when it is the first in all of them. */
interface Turn {
  readonly what: string;
  readonly keys: Keys;
  readonly begin: () => void;
  readonly refuse: (reason: Error) => void;
}

export interface LocksOptions {
  readonly timeoutMs?: number;
  /** How many calls may wait for one thing. */
  readonly maxWaiting?: number;
  /** How many calls may wait for all things together. */
  readonly maxWaitingInAll?: number;
  /** Finds what is at a path: two paths with an identity in common lead to one thing. */
  readonly identify?: (path: string) => Promise<readonly string[]>;
}

const DEFAULTS = {
  /** How long a call may wait for another one on the same thing: as long as the master waits for most answers. */
  timeoutMs: 900_000,
  /** The master has one job at a time on an instance, of which a call or two are repeated. */
  maxWaiting: 64,
  maxWaitingInAll: Infinity,
  identify: identitiesOf,
};
/** How often another thing may have come to a path while a call waited for the former one. */
const MAX_ATTEMPTS = 10;
const LOOKS_AT_ONCE = 8;

/** One operation at a time on one thing (an instance, a disk), in the order in which they came. */
export class Locks {
  readonly #queues = new Map<string, Turn[]>();
  readonly #waiting = new Set<Turn>();
  readonly #options: Required<LocksOptions>;

  constructor(options: LocksOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /**
   * Runs `work` while nothing else runs on `thing`.
   *
   * @param what named to those who wait in vain
   * @throws RpcFailure `busy` when it would have to wait too long, or too many wait already
   */
  run<T>(thing: Thing, what: string, work: () => Promise<T>): Promise<T> {
    return this.runAll([thing], what, work);
  }

  /** The same on all of `things`; calls that want the same ones never wait for one another in a circle. */
  async runAll<T>(things: readonly Thing[], what: string, work: () => Promise<T>): Promise<T> {
    const until = performance.now() + this.#options.timeoutMs;
    // Names are taken at once, so that looking at paths changes nothing about the order. A call that waits for what it
    // found has all its names, and what it found comes all at once: it waits only for those that did so before it.
    const named = await this.#takeTurn(new Map(things.map(nameOf)), what, until);
    const paths = things.filter(isPath);
    try {
      return await (paths.length === 0 ? work() : this.#runOnFound(paths, what, until, work));
    } finally {
      this.#end(named);
    }
  }

  /** Sends away all that wait. */
  refuseWaiting(reason: Error): void {
    for (const turn of this.#waiting) turn.refuse(reason);
  }

  async #runOnFound<T>(
    paths: readonly Path[],
    what: string,
    until: number,
    work: () => Promise<T>,
  ): Promise<T> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const found = await this.#find(paths);
      const waits = this.#mustWait(found);
      const turn = await this.#takeTurn(found, what, until);
      try {
        // While we waited, another thing may have come to a path.
        if (!waits || isCovered(await this.#find(paths), found)) return await work();
      } finally {
        this.#end(turn);
      }
    }
    const names = paths.map(({ path }) => path).join(', ');
    throw new RpcFailure(`What is at ${names} changes all the time`, { kind: 'busy' });
  }

  /** The identities of what is at `paths`, each with the path. */
  async #find(paths: readonly Path[]): Promise<Keys> {
    const found = new Map<string, string>();
    const identities = await mapLimited(paths, LOOKS_AT_ONCE, ({ path }) =>
      this.#options.identify(path),
    );
    for (const [index, { path }] of paths.entries())
      for (const identity of identities[index] ?? []) found.set(identity, path);
    return found;
  }

  #mustWait(keys: Keys): boolean {
    return [...keys.keys()].some((key) => this.#queues.has(key));
  }

  async #takeTurn(keys: Keys, what: string, until: number): Promise<Turn> {
    this.#refuseWhenFull(keys);
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        this.#waiting.delete(turn);
        resolve(turn);
      };
      const refuse = (reason: Error) => {
        clearTimeout(timer);
        this.#end(turn);
        reject(reason);
      };
      const turn: Turn = { what, keys, begin, refuse };
      const timer = setTimeout(() => {
        refuse(this.#tooLong(turn));
      }, until - performance.now());
      this.#waiting.add(turn);
      for (const key of keys.keys()) {
        const queue = this.#queues.get(key);
        if (queue === undefined) this.#queues.set(key, [turn]);
        else queue.push(turn);
      }
      this.#beginIfFirst(turn);
    });
  }

  #beginIfFirst(turn: Turn): void {
    if ([...turn.keys.keys()].every((key) => this.#queues.get(key)?.[0] === turn)) turn.begin();
  }

  /** Takes a turn out of its queues, whether it had begun or not. */
  #end(turn: Turn): void {
    this.#waiting.delete(turn);
    const next = new Set<Turn>();
    for (const key of turn.keys.keys()) {
      const queue = this.#queues.get(key) ?? [];
      queue.splice(queue.indexOf(turn), 1);
      const [first] = queue;
      if (first === undefined) this.#queues.delete(key);
      else next.add(first);
    }
    for (const first of next) this.#beginIfFirst(first);
  }

  #refuseWhenFull(keys: Keys): void {
    const { maxWaiting, maxWaitingInAll } = this.#options;
    for (const [key, name] of keys) {
      const [holder, ...waiting] = this.#queues.get(key) ?? [];
      if (holder === undefined) continue;
      if (waiting.length >= maxWaiting || this.#waiting.size >= maxWaitingInAll)
        throw busy(
          `Too many calls are waiting already, ${waiting.length} of them for ${name}`,
          name,
          holder,
        );
    }
  }

  #tooLong(turn: Turn): RpcFailure {
    const [{ name, holder } = { name: turn.what, holder: turn }] = [...turn.keys]
      .map(([key, name]) => ({ name, holder: this.#queues.get(key)?.[0] ?? turn }))
      .filter(({ holder }) => holder !== turn);
    return busy(`Gave up on ${name} after ${this.#options.timeoutMs / 1000} s`, name, holder);
  }
}

function isPath(thing: Thing): thing is Path {
  return typeof thing !== 'string';
}

/** A thing's key as it is written, and what it is called. */
function nameOf(thing: Thing): [string, string] {
  return isPath(thing) ? [`at ${thing.path}`, thing.path] : [thing, thing];
}

function isCovered(wanted: Keys, held: Keys): boolean {
  return [...wanted.keys()].every((key) => held.has(key));
}

function busy(trouble: string, name: string, { what: holder }: Turn): RpcFailure {
  return new RpcFailure(`${trouble}: ${holder} is still running`, {
    kind: 'busy',
    data: { lock: name, holder },
  });
}
