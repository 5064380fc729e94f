import { NodeError } from '../../base/errors.js';
import { JSON_RPC_ERRORS } from '../../generated/failures.js';
import { failureKind, failureMessage, InvalidRequestError, UnknownCallError } from '../failures.js';
import { JsonError } from './strict-json.js';

/** The error member of a JSON-RPC reply; `data.kind` is always there. */
export interface JsonRpcError {
  readonly code: number;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly kind: string };
}

/** Turns whatever a call threw into the error of its reply. */
export function toJsonRpcError(error: unknown): JsonRpcError {
  const kind = failureKind(error);
  const { code, message } = JSON_RPC_ERRORS[kind];
  if (error instanceof NodeError)
    return { code, message: error.message, data: { ...error.data, kind } };
  if (error instanceof UnknownCallError) return { code, message, data: { kind, call: error.call } };
  if (error instanceof InvalidRequestError)
    return { code, message, data: { kind, member: error.member, message: error.message } };
  if (error instanceof JsonError)
    return { code, message, data: { kind, message: error.message, position: error.position } };
  return { code, message, data: { kind, message: failureMessage(error) } };
}
