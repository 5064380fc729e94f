/* Generated from rpc-schema/errors.json by `npm run generate`; changes belong there. */

/** What a program can tell the failures of calls apart by. */
export type FailureKind =
  | 'invalid-params'
  | 'failed'
  | 'hypervisor'
  | 'block-device'
  | 'hotplug'
  | 'file-storage-path'
  | 'busy'
  | 'not-served'
  | 'shutting-down';

/** The kinds that only the wires know, beside those of calls. */
export type WireFailureKind =
  'parse-error' | 'invalid-request' | 'unknown-call' | 'internal' | 'batch-too-long';

/** One kind of failure over JSON-RPC. */
export interface JsonRpcErrorRow {
  readonly code: number;
  /** A word for programs and documents. */
  readonly name: string;
  /** What the code means; a failure of a call brings its own, more exact message. */
  readonly message: string;
}

/** Every code that a reply can carry. The codes are part of the interface: never change one, only add. */
export const JSON_RPC_ERRORS: Readonly<Record<FailureKind | WireFailureKind, JsonRpcErrorRow>> = {
  'parse-error': { code: -32700, name: 'ParseError', message: 'Parse error' },
  'invalid-request': { code: -32600, name: 'InvalidRequest', message: 'Invalid request' },
  'unknown-call': { code: -32601, name: 'MethodNotFound', message: 'Method not found' },
  'invalid-params': { code: -32602, name: 'InvalidParams', message: 'Invalid parameters' },
  internal: { code: -32603, name: 'InternalError', message: 'Internal error' },
  'batch-too-long': { code: -32099, name: 'BatchTooLong', message: 'Batch too long' },
  failed: { code: -32000, name: 'Failed', message: 'The call failed' },
  hypervisor: { code: -32001, name: 'HypervisorError', message: 'The hypervisor failed' },
  'block-device': { code: -32002, name: 'BlockDeviceError', message: 'A disk operation failed' },
  hotplug: { code: -32003, name: 'HotplugError', message: 'Hotplug is not possible' },
  'file-storage-path': {
    code: -32004,
    name: 'FileStoragePathError',
    message: 'The path is not allowed for file storage',
  },
  busy: { code: -32005, name: 'Busy', message: 'Something is in use, or the daemon is overloaded' },
  'not-served': { code: -32006, name: 'NotServed', message: 'Not supported by this daemon' },
  'shutting-down': { code: -32007, name: 'ShuttingDown', message: 'The daemon is shutting down' },
};
