import { type FailureKind, messageOf, NodeError, Refusal, RpcFailure } from '../base/errors.js';
import type { WireFailureKind } from '../generated/failures.js';
import { JsonError } from './wires/strict-json.js';

/** Names come from the caller, and may be as long as a request. */
const MAX_NAME_LENGTH = 64;

/** No call of Ganeti's and none of ours has this name. */
export class UnknownCallError extends Error {
  /** Cut when it is too long to be a call. */
  readonly call: string;

  constructor(call: string) {
    const shown = call.slice(0, MAX_NAME_LENGTH);
    super(`Unknown call '${shown}'`);
    this.name = 'UnknownCallError';
    this.call = shown;
  }
}

/** The body is JSON, but no request of JSON-RPC 2.0. */
export class InvalidRequestError extends Error {
  /** What is wrong in it, if it is an object. */
  readonly member: string | undefined;

  constructor(message: string, member?: string) {
    super(message);
    this.name = 'InvalidRequestError';
    this.member = member;
  }
}

/** What log lines and programs can tell any exception apart by. */
export function failureKind(error: unknown): FailureKind | WireFailureKind {
  if (error instanceof NodeError) return error.kind;
  if (error instanceof UnknownCallError) return 'unknown-call';
  if (error instanceof InvalidRequestError) return 'invalid-request';
  return error instanceof JsonError ? 'parse-error' : 'internal';
}

/** The sentence that Ganeti's clients get for an exception (Ganeti: noded.HandleRequest). */
export function failureMessage(error: unknown): string {
  const message = messageOf(error);
  if (error instanceof RpcFailure || error instanceof Refusal) return message;
  return `Error while executing backend function: ${message}`;
}
