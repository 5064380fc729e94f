import type { Logger } from 'winston';
import { SYSTEM_CLOCK } from '../../../src/base/clock.js';
import { type CallContext, Dispatcher, type DispatcherParts } from '../../../src/rpc/dispatcher.js';
import type { CallSchema } from '../../../src/rpc/schemas/call-schemas.js';

/** A log line: its message and its data. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly message: unknown };

/** A logger that keeps what is logged. */
export function recordingLogger(): { logger: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const record = (level: string) => (message: string, data: object) => {
    lines.push({ ...data, level, message });
  };
  const logger = { info: record('info'), warn: record('warn'), error: record('error') };
  return { logger: logger as unknown as Logger, lines };
}

export function callSchema(name: string, parts: Partial<CallSchema> = {}): CallSchema {
  return {
    name,
    family: 'node',
    summary: '',
    source: '',
    changes: false,
    body: 'array',
    params: [],
    result: { description: '', schema: {} },
    errors: [],
    ...parts,
  };
}

export function parameter(name: string): CallSchema['params'][number] {
  return { name, description: '', schema: {} };
}

/** What the tests' node daemon can do. */
const CALLS: ReadonlyMap<string, CallSchema> = new Map(
  [
    callSchema('version'),
    callSchema('subtract', { params: [parameter('minuend'), parameter('subtrahend')] }),
    callSchema('instance_start', { params: [parameter('instance')] }),
    callSchema('console_info', { body: 'whole', params: [parameter('instance')] }),
  ].map((call) => [call.name, call]),
);

type Execute = (call: string, params: unknown[]) => Promise<unknown>;

/** A dispatcher over the calls above. */
export function fakeDispatcher(execute: Execute, parts: Partial<DispatcherParts> = {}): Dispatcher {
  return new Dispatcher({
    schemas: { get: (name) => CALLS.get(name) },
    validator: {
      toPositional: (call, params) => call.params.map(({ name }) => params[name]),
      validate: () => undefined,
    },
    executor: {
      execute: (call, params, start) => start(() => execute(call, params)),
      refuseWaiting: () => undefined,
    },
    clock: SYSTEM_CLOCK,
    logger: recordingLogger().logger,
    ...parts,
  });
}

export function context(
  wire: CallContext['wire'] = 'ganeti',
  caller: CallContext['caller'] = 'candidate',
): CallContext {
  return { requestId: 'r1', wire, peer: '10.0.0.1', caller };
}

/** A promise that the test settles itself. */
export function promiseWithResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

/** What `action` rejects with; a resolved one fails the test. */
export async function rejection(action: Promise<unknown>): Promise<unknown> {
  try {
    await action;
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail');
}
