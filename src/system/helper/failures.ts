import { BlockDeviceError } from '../../base/errors.js';
import { FileInUseError } from '../device/loop-devices.js';
import { NoLoopDeviceError } from '../device/loop-nodes.js';
import { SyscallError } from '../kernel/syscalls.js';
import { MountError } from '../mount/mount-disk.js';

/** The classes of failures that callers tell apart. Whatever has another name is an `Error`. */
const CLASSES = [FileInUseError, MountError, NoLoopDeviceError, SyscallError];

/** An error as plain JSON: its name and message, and what else it carries (`code`, `syscall`, `path`, …). */
export interface PlainFailure {
  readonly name: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A helper has not done its job: what it waited for has not answered, or it has ended. */
export class HelperError extends BlockDeviceError {}

export function plainFailure(error: unknown): PlainFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), details: {} };
  // Neither message, stack nor cause are among these.
  const details = Object.fromEntries(Object.entries(error));
  return { name: error.name, message: error.message, details };
}

/** The error again, of its class. */
export function revivedFailure({ name, message, details }: PlainFailure): Error {
  const error = Object.assign(new Error(message), details, { name });
  const found = CLASSES.find((candidate) => candidate.name === name);
  if (found !== undefined) Object.setPrototypeOf(error, found.prototype);
  return error;
}
