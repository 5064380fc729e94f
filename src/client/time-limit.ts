import { TimeoutError } from './errors.js';

/** How long a call may take. */
export interface TimeLimit {
  readonly method: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The longest that a timer takes: 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws RangeError */
export function checkedTimeout(timeoutMs: number): number {
  if (!(timeoutMs > 0)) throw new RangeError('timeoutMs takes a positive number');
  return timeoutMs;
}

/**
 * Runs `work`, which must end soon after its signal is aborted.
 *
 * @throws TimeoutError when the time is over, the reason of `signal` when it is aborted, or an error of `work`
 */
export async function within<T>(
  { method, timeoutMs, signal }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const end = new AbortController();
  const abort = () => {
    end.abort(signal?.reason);
  };
  const expire = () => {
    end.abort(new TimeoutError(method, timeoutMs));
  };
  const timer = setTimeout(expire, Math.min(checkedTimeout(timeoutMs), MAX_TIMEOUT_MS));
  signal?.addEventListener('abort', abort);
  try {
    return await work(end.signal);
  } catch (error) {
    // Node.js throws an AbortError instead of the reason.
    end.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
