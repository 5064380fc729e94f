import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '../../kit/wire-client.js';

/** Calls to be made, by callers of which each waits for its answer before it calls again. */
export interface Load extends Endpoint {
  readonly method: string;
  /** The parameters, as the JSON text that is sent. */
  readonly body: string;
  readonly callers: number;
  /** `new`: one for each call, with a whole handshake. `kept`: one for each caller, as long as the daemon agrees. `resumed`: new, but resuming. */
  readonly connections: 'new' | 'kept' | 'resumed';
  /** No call begins after either of them. */
  readonly maxCalls?: number | undefined;
  readonly durationMs?: number | undefined;
  /** How long each caller waits between two calls. */
  readonly pauseMs?: number | undefined;
}

export interface LoadResult {
  /** Those that were answered well. */
  readonly calls: number;
  readonly failures: number;
  readonly firstFailure?: string | undefined;
  /** From the first call's begin to the last one's end. */
  readonly seconds: number;
  /** Of each call that was answered well, its connection included. */
  readonly latenciesMs: readonly number[];
  readonly openedConnections: number;
  readonly resumedConnections: number;
  /** Processor time of the callers themselves: near to `seconds`, it is they who were measured. */
  readonly callerSeconds: number;
}

const MAIN = fileURLToPath(new URL('./callers-main.js', import.meta.url));

/** Makes the calls from a process of its own. */
export async function runLoad(load: Load): Promise<LoadResult> {
  return (await startLoad(load)).result;
}

/** Ends when the callers' process has begun; it is told to stop by `stop` or by what the load says. */
export async function startLoad(
  load: Load,
): Promise<{ result: Promise<LoadResult>; stop: () => void }> {
  const child = fork(MAIN, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const result = new Promise<LoadResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`the callers of ${load.method} ended: ${String(signal ?? code)}`));
    });
    child.on('message', (message: LoadResult | 'begun') => {
      if (message !== 'begun') resolve(message);
    });
  });
  const begun = new Promise<void>((resolve) => {
    child.once('message', () => {
      resolve();
    });
  });
  // Those who wait for it see the failure; others must not end because of it.
  result.catch(() => undefined);
  child.send(load);
  await Promise.race([begun, result]);
  return { result, stop: () => child.connected && child.send('stop') };
}

/** @throws Error unless every call was answered well */
export function checked(result: LoadResult, method: string): LoadResult {
  const { calls, failures, firstFailure } = result;
  if (failures > 0 || calls === 0)
    throw new Error(
      `${failures} of ${calls + failures} calls of ${method} failed: ${firstFailure ?? 'none was made'}`,
    );
  return result;
}
