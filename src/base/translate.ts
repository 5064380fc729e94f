import { errorReason } from './errno.js';
import { type FailureKind, NodeError, RpcFailure } from './errors.js';

type ErrorClass<E> = abstract new (...args: never[]) => E;

/** The result of `work`; if that fails with an error of the class, the result of `handle`. */
export async function recover<E, T, R>(
  errors: ErrorClass<E>,
  handle: (error: E) => R,
  work: () => T | Promise<T>,
): Promise<T | R> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof errors)) throw error;
    return handle(error);
  }
}

/** The result of `work`; an error of the class is replaced by `toFailure`. */
export function translate<E, T>(
  errors: ErrorClass<E>,
  toFailure: (error: E) => Error,
  work: () => T | Promise<T>,
): Promise<T> {
  return recover(
    errors,
    (error) => {
      throw toFailure(error);
    },
    work,
  );
}

/** The result of `work`; any error but a `NodeError`, which callers may read, becomes a failure: `what`, and the reason. */
export function failAs<T>(
  Failure: new (message: string, options: { cause: unknown }) => Error,
  what: string,
  work: () => T | Promise<T>,
): Promise<T> {
  const toFailure = (error: Error) =>
    error instanceof NodeError
      ? error
      : new Failure(`${what}: ${errorReason(error)}`, { cause: error });
  return translate(Error, toFailure, work);
}

/**
 * The result of `work`; a failure of one of the `kinds` becomes an `RpcFailure` that starts with `prefix`.
 *
 * Ganeti does this around each call to the hypervisor and to the storage (`backend._Fail("…: %s", err)`).
 */
export function failWith<T>(
  prefix: string,
  kinds: readonly FailureKind[],
  work: () => T | Promise<T>,
): Promise<T> {
  const toFailure = (error: NodeError) =>
    error instanceof RpcFailure || !kinds.includes(error.kind)
      ? error
      : rpcFailureOf(error, `${prefix}: ${error.message}`);
  return translate(NodeError, toFailure, work);
}

/** A failure of the same kind, whose message is the whole answer. */
export function rpcFailureOf(error: NodeError, message = error.message): RpcFailure {
  return new RpcFailure(message, { kind: error.kind, cause: error, data: error.data });
}
