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

interface FailureOptions {
  readonly cause?: unknown;
  readonly data?: FailureData;
}

/** A failure with a message meant for the caller. */
export abstract class NodeError extends Error {
  abstract readonly kind: FailureKind;
  readonly data: FailureData;

  constructor(message: string, options: FailureOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.data = options.data ?? {};
  }
}

/**
 * A failure whose message is the whole answer (Ganeti: backend.RPCFail). On Ganeti's wire all but this one and a `Refusal`
 * get the prefix "Error while executing backend function: " as there (Ganeti: noded.HandleRequest).
 */
export class RpcFailure extends NodeError {
  override readonly kind: FailureKind;

  constructor(message: string, options: FailureOptions & { readonly kind?: FailureKind } = {}) {
    super(message, options);
    this.kind = options.kind ?? 'failed';
  }
}

/** A failure that is an exception in Ganeti's backend, so that its message gets the prefix there. */
export class BackendError extends NodeError {
  override readonly kind = 'failed';
}

/** Why a call is not begun at all. */
export class Refusal extends NodeError {
  override readonly kind: 'invalid-params' | 'not-served' | 'busy' | 'shutting-down';

  constructor(kind: Refusal['kind'], message: string, options: FailureOptions = {}) {
    super(message, options);
    this.kind = kind;
  }
}

/** The hypervisor could not do what was asked (Ganeti: errors.HypervisorError). */
export class HypervisorError extends NodeError {
  override readonly kind = 'hypervisor';
}

/** Hotplug is not possible (Ganeti: errors.HotplugError). */
export class HotplugError extends NodeError {
  override readonly kind = 'hotplug';
}

/** A disk could not be handled (Ganeti: errors.BlockDeviceError). */
export class BlockDeviceError extends NodeError {
  override readonly kind = 'block-device';
}

/** A path that is not allowed for file storage (Ganeti: errors.FileStoragePathError). */
export class FileStoragePathError extends NodeError {
  override readonly kind = 'file-storage-path';
}

/** The message of an error, or what else was thrown, as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
