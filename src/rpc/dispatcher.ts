import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'winston';
import type { Clock } from '../base/clock.js';
import { Refusal } from '../base/errors.js';
import { CONFIG_DEFAULTS } from '../generated/config-defaults.js';
import { CallSlots, type SlotLimits } from './admission/call-slots.js';
import type { Caller } from './admission/caller-queue.js';
import { failureKind, UnknownCallError } from './failures.js';
import type { CallSchema, CallSchemas } from './schemas/call-schemas.js';
import type { ParameterValidator } from './schemas/parameter-validator.js';

/** Where a call came from; it goes with the call into the log and to its handler. */
export interface CallContext {
  readonly requestId: string;
  readonly wire: 'ganeti' | 'json-rpc';
  /** The address of the caller, or `unix`. */
  readonly peer: string;
  readonly caller: Caller;
}

/** Does the work of the calls. */
export interface CallExecutor {
  /** @param start is to be given the work as soon as nothing but a slot is missing */
  execute(call: string, params: unknown[], start: StartWork): Promise<unknown>;
  /** Refuses the calls whose work was not started yet. */
  refuseWaiting(reason: Error): void;
}

export type StartWork = <T>(work: () => Promise<T>) => Promise<T>;

export interface DispatcherParts {
  readonly schemas: Pick<CallSchemas, 'get'>;
  readonly validator: Pick<ParameterValidator, 'toPositional' | 'validate'>;
  readonly executor: CallExecutor;
  readonly logger: Logger;
  readonly limits?: Partial<SlotLimits>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

const DEFAULT_SLOT_LIMITS: SlotLimits = CONFIG_DEFAULTS.limits;

/** Names in the log are cut here. */
const LOGGED_NAME_LENGTH = 255;

/**
 * The one way from both wires to the work: knows the calls, checks their parameters, bounds how many run, and writes
 * one log line for each.
 *
 * A call runs to its end whatever becomes of its caller, so that its work ends in a defined state.
 */
export class Dispatcher {
  readonly #schemas: DispatcherParts['schemas'];
  readonly #validator: DispatcherParts['validator'];
  readonly #executor: CallExecutor;
  readonly #logger: Logger;
  readonly #clock: DispatcherParts['clock'];
  readonly #slots: CallSlots;
  readonly #running = new Set<RunningCall>();
  #draining = false;

  constructor(parts: DispatcherParts) {
    this.#schemas = parts.schemas;
    this.#validator = parts.validator;
    this.#executor = parts.executor;
    this.#logger = parts.logger;
    this.#clock = parts.clock;
    this.#slots = new CallSlots({ ...DEFAULT_SLOT_LIMITS, ...parts.limits });
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** Whether it is worth reading the parameters of a call with this name. */
  isKnown(name: string): boolean {
    return this.#schemas.get(name) !== undefined;
  }

  /**
   * @param params an array, or an object of parameters by name; on Ganeti's wire the body, whatever it is
   * @throws UnknownCallError, NodeError, or whatever the call throws
   */
  async dispatch(name: string, params: unknown, context: CallContext): Promise<unknown> {
    const startedAt = this.#clock.monotonicMs();
    const line: LogLine = { ...context, call: name.slice(0, LOGGED_NAME_LENGTH) };
    try {
      const result = await this.#run(name, params, context, line);
      this.#logger.info('call done', { ...line, durationMs: this.#since(startedAt) });
      return result;
    } catch (error) {
      this.#logFailure(error, { ...line, durationMs: this.#since(startedAt) });
      throw error;
    }
  }

  /**
   * Refuses new calls and those that wait, and gives the running ones time to end.
   *
   * @returns the names of the calls that still run
   */
  async drain(timeoutMs: number): Promise<{ unfinished: string[] }> {
    this.#draining = true;
    this.#slots.refuseWaiting(shuttingDown());
    this.#executor.refuseWaiting(shuttingDown());
    const timer = new AbortController();
    const timeout = delay(timeoutMs, undefined, { signal: timer.signal });
    await Promise.race([this.#ended(), timeout]);
    timer.abort();
    return { unfinished: [...this.#running].map(({ name }) => name) };
  }

  async #run(name: string, params: unknown, context: CallContext, line: LogLine): Promise<unknown> {
    const call = this.#find(name);
    this.#refuseWhenDraining();
    const positional = this.#toPositional(call, params, context);
    Object.assign(line, subjectsOf(call, positional));
    this.#validator.validate(call, positional);
    return this.#executor.execute(name, positional, (work) =>
      this.#slots.run(context.caller, () => this.#start(name, work)),
    );
  }

  #find(name: string): CallSchema {
    const call = this.#schemas.get(name);
    if (call === undefined) throw new UnknownCallError(name);
    return call;
  }

  #toPositional(call: CallSchema, params: unknown, context: CallContext): unknown[] {
    if (context.wire === 'ganeti' && call.body === 'whole') return [params];
    if (Array.isArray(params)) return params;
    // Ganeti's Haskell programs ask so where there are no parameters (Ganeti: Ganeti.Rpc.rpcCallData).
    if (context.wire === 'ganeti' && call.params.length === 0 && isEmptyObject(params)) return [];
    if (context.wire === 'json-rpc' && typeof params === 'object' && params !== null)
      return this.#validator.toPositional(call, params as Record<string, unknown>);
    throw new Refusal('invalid-params', `The parameters of '${call.name}' must be an array`, {
      data: { errors: [{ path: '', rule: 'type', message: 'must be array' }] },
    });
  }

  async #start<T>(name: string, start: () => Promise<T>): Promise<T> {
    this.#refuseWhenDraining();
    const call = { name, work: start() };
    this.#running.add(call);
    try {
      return await call.work;
    } finally {
      this.#running.delete(call);
    }
  }

  async #ended(): Promise<void> {
    await Promise.allSettled([...this.#running].map(({ work }) => work));
  }

  #refuseWhenDraining(): void {
    if (this.#draining) throw shuttingDown();
  }

  #since(startedAt: number): number {
    return Math.round(this.#clock.monotonicMs() - startedAt);
  }

  #logFailure(error: unknown, line: LogLine): void {
    const kind = failureKind(error);
    const { message, cause, stack } = error instanceof Error ? error : new Error(String(error));
    const reasons = {
      kind,
      reason: message,
      cause: cause instanceof Error ? cause.message : cause,
    };
    if (kind === 'internal') this.#logger.error('call failed', { ...line, ...reasons, stack });
    else this.#logger.warn('call failed', { ...line, ...reasons });
  }
}

interface RunningCall {
  readonly name: string;
  readonly work: Promise<unknown>;
}

/** Never whole parameters: they carry secrets. */
interface LogLine extends CallContext {
  readonly call: string;
  readonly durationMs?: number;
  readonly instance?: string | undefined;
  readonly disk?: string | undefined;
  readonly path?: string | undefined;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function shuttingDown(): Refusal {
  return new Refusal('shutting-down', 'The node daemon is shutting down');
}

/** What a call is about, going by the names which Ganeti gives its parameters. They need not be as they should. */
function subjectsOf({ params: schemas }: CallSchema, params: readonly unknown[]) {
  const named = (pattern: RegExp) =>
    params.filter((_, index) => pattern.test(schemas[index]?.name ?? ''));
  const [instance] = named(/^inst|^owner$/);
  const name =
    typeof instance === 'object' && instance !== null && 'name' in instance
      ? instance.name
      : instance;
  return {
    instance: loggedName([name]),
    disk: params.map(diskName).find((disk) => disk !== undefined),
    path: loggedName(named(/_(?:dir|path)$/), ' -> '),
  };
}

/** Its kind and its name: what comes behind these in the identity of a DRBD disk is secret. */
function diskName(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('dev_type' in value && 'logical_id' in value)) return undefined;
  const id: unknown[] = Array.isArray(value.logical_id) ? value.logical_id : [];
  return loggedName([value.dev_type, ...id.slice(0, 2)], ' ');
}

function loggedName(parts: readonly unknown[], separator = ''): string | undefined {
  const texts = parts.filter((part) => typeof part === 'string');
  return texts.length === 0 ? undefined : texts.join(separator).slice(0, LOGGED_NAME_LENGTH);
}
