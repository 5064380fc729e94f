import { RpcFailure } from '../../base/errors.js';

export type FieldValue = string | number | boolean;

/** One kind of storage that can be listed (Ganeti: container._Base). */
export interface StorageContainer {
  /**
   * A row for each storage unit, with the fields in order.
   *
   * @param name null for all of them
   * @throws RpcFailure
   */
  list(name: string | null, fields: readonly string[]): Promise<FieldValue[][]>;
  /** Sets fields of one unit; where it is missing none can be. */
  modify?(name: string, changes: Readonly<Record<string, unknown>>): Promise<void>;
  /** Carries out an operation on one unit; where it is missing there is none. */
  execute?(name: string, operation: string): Promise<void>;
}

export function unknownField(field: string): RpcFailure {
  return new RpcFailure(`Unknown field: '${field}'`);
}

export function unmodifiable(fields: readonly string[]): RpcFailure {
  return new RpcFailure(`Unable to modify the following fields: ${fields.join(', ')}`);
}

export function unknownOperation(operation: string): RpcFailure {
  return new RpcFailure(`Unknown storage operation: '${operation}'`);
}
