/**
 * The failures a caller may read.
 *
 * Everything below the dispatcher throws one of these when it knows what went wrong; anything else is a mistake of ours
 * and is reported as an internal error. `kind` is what a program can switch on (see docs/reference.md, Errors).
 */
import type { FailureKind } from '../generated/failures.js';

export type { FailureKind };

/** Details of a failure for programs: plain JSON. */
export type FailureData = Readonly<Record<string, unknown>>;

/**
 * A failure with a message meant for the caller.
 *
 * On Ganeti's wire only a `RpcFailure` is sent bare; the other kinds get Ganeti's prefix
 * "Error while executing backend function: " as there (Ganeti: noded.HandleRequest).
 */
export class NodeError extends Error {
  readonly kind: FailureKind;
  readonly data: FailureData;

  constructor(
    kind: FailureKind,
    message: string,
    options: { cause?: unknown; data?: FailureData } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.kind = kind;
    this.data = options.data ?? {};
  }
}

/** A failure raised on purpose, whose message is the whole answer (Ganeti: backend.RPCFail). */
export class RpcFailure extends NodeError {
  constructor(
    message: string,
    options: { kind?: FailureKind; cause?: unknown; data?: FailureData } = {},
  ) {
    super(options.kind ?? 'failed', message, options);
  }
}

/** The hypervisor could not do what was asked (Ganeti: errors.HypervisorError). */
export class HypervisorError extends NodeError {
  constructor(message: string, options: { cause?: unknown; data?: FailureData } = {}) {
    super('hypervisor', message, options);
  }
}

/** Hotplug is not possible (Ganeti: errors.HotplugError). */
export class HotplugError extends NodeError {
  constructor(message: string, options: { cause?: unknown; data?: FailureData } = {}) {
    super('hotplug', message, options);
  }
}

/** A disk could not be handled (Ganeti: errors.BlockDeviceError). */
export class BlockDeviceError extends NodeError {
  constructor(message: string, options: { cause?: unknown; data?: FailureData } = {}) {
    super('block-device', message, options);
  }
}

/** A path that is not allowed for file storage (Ganeti: errors.FileStoragePathError). */
export class FileStoragePathError extends NodeError {
  constructor(message: string, options: { cause?: unknown; data?: FailureData } = {}) {
    super('file-storage-path', message, options);
  }
}

/**
 * Runs `action` and turns a failure of one of the `kinds` into an `RpcFailure` that starts with `prefix`.
 *
 * Ganeti does this around each call to the hypervisor and to the storage (`backend._Fail("…: %s", err)`).
 */
export async function failWith<T>(
  prefix: string,
  kinds: readonly FailureKind[],
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof NodeError) || error instanceof RpcFailure || !kinds.includes(error.kind))
      throw error;
    throw new RpcFailure(`${prefix}: ${error.message}`, {
      kind: error.kind,
      cause: error,
      data: error.data,
    });
  }
}
