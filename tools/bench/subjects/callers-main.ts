/** The process that makes the calls of a load (callers.ts): the load comes as a message, and the result goes as one. */
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { payloadOf, WireConnection } from '../../kit/wire-client.js';
import type { Load, LoadResult } from './callers.js';

/** After so many failures in a row nothing else is to be expected. */
const MAX_FAILURES = 100;

/** Makes the calls of one load and keeps count of them. */
class Callers {
  readonly #load: Load;
  readonly #latenciesMs: number[] = [];
  #begunCalls = 0;
  #failures = 0;
  #firstFailure: string | undefined;
  #openedConnections = 0;
  #resumedConnections = 0;
  #isStopped = false;

  constructor(load: Load) {
    this.#load = load;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async run(): Promise<LoadResult> {
    const { callers, durationMs } = this.#load;
    const begin = performance.now();
    const processor = process.cpuUsage();
    const end = begin + (durationMs ?? Infinity);
    await Promise.all(Array.from({ length: callers }, () => this.#callAgainAndAgain(end)));
    const { user, system } = process.cpuUsage(processor);
    return {
      calls: this.#latenciesMs.length,
      failures: this.#failures,
      firstFailure: this.#firstFailure,
      seconds: (performance.now() - begin) / 1000,
      latenciesMs: this.#latenciesMs,
      openedConnections: this.#openedConnections,
      resumedConnections: this.#resumedConnections,
      callerSeconds: (user + system) / 1e6,
    };
  }

  async #callAgainAndAgain(end: number): Promise<void> {
    const caller = new Caller(this.#load, (isResumed) => {
      this.#openedConnections++;
      if (isResumed) this.#resumedConnections++;
    });
    while (this.#mayBegin(end)) {
      this.#begunCalls++;
      await this.#callOnce(caller);
      if (this.#load.pauseMs !== undefined) await delay(this.#load.pauseMs);
    }
    caller.close();
  }

  #mayBegin(end: number): boolean {
    if (this.#isStopped || this.#failures >= MAX_FAILURES) return false;
    return this.#begunCalls < (this.#load.maxCalls ?? Infinity) && performance.now() < end;
  }

  async #callOnce(caller: Caller): Promise<void> {
    const begin = performance.now();
    try {
      await caller.call();
      this.#latenciesMs.push(performance.now() - begin);
    } catch (error) {
      this.#failures++;
      this.#firstFailure ??= error instanceof Error ? error.message : String(error);
    }
  }
}

/** One of the callers, with its connection. */
class Caller {
  readonly #load: Load;
  readonly #opened: (isResumed: boolean) => void;
  readonly #secureContext: SecureContext;
  #connection: WireConnection | undefined;
  #session: Buffer | undefined;

  constructor(load: Load, opened: (isResumed: boolean) => void) {
    this.#load = load;
    this.#opened = opened;
    this.#secureContext = createSecureContext(load.credentials);
  }

  async call(): Promise<void> {
    const connection = (this.#connection ??= await this.#open());
    try {
      const reply = await connection.post(`/${this.#load.method}`, this.#load.body);
      if (this.#load.connections !== 'kept' || reply.closes) this.close();
      payloadOf(reply);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#session = this.#connection?.session ?? this.#session;
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #open(): Promise<WireConnection> {
    const session = this.#load.connections === 'resumed' ? this.#session : undefined;
    const connection = await WireConnection.open(this.#load, {
      secureContext: this.#secureContext,
      session,
    });
    this.#opened(connection.isResumed);
    return connection;
  }
}

// The process that started us may end without notice.
process.once('disconnect', () => process.exit());
process.once('message', (load: Load) => {
  const callers = new Callers(load);
  process.once('message', () => {
    callers.stop();
  });
  void report(callers);
});

async function report(callers: Callers): Promise<void> {
  process.send?.('begun');
  const result = await callers.run();
  process.send?.(result, () => {
    process.disconnect();
  });
}
