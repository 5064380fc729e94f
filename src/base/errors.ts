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

/** A failure with a message meant for the caller. */
export abstract class NodeError extends Error {
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

/**
 * A failure whose message is the whole answer (Ganeti: backend.RPCFail). On Ganeti's wire all but this one and a `Refusal`
 * get the prefix "Error while executing backend function: " as there (Ganeti: noded.HandleRequest).
 */
export class RpcFailure extends NodeError {
  constructor(
    message: string,
    options: { kind?: FailureKind; cause?: unknown; data?: FailureData } = {},
  ) {
    super(options.kind ?? 'failed', message, options);
  }
}

/** A failure that is an exception in Ganeti's backend, so that its message gets the prefix there. */
export class BackendError extends NodeError {
  constructor(message: string, options: { cause?: unknown; data?: FailureData } = {}) {
    super('failed', message, options);
  }
}

/** Why a call is not begun at all. */
export class Refusal extends NodeError {
  constructor(
    kind: 'invalid-params' | 'not-served' | 'busy' | 'shutting-down',
    message: string,
    options: { cause?: unknown; data?: FailureData } = {},
  ) {
    super(kind, message, options);
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

/** The message of an error, or what else was thrown, as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
