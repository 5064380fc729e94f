import { CONFIG_DEFAULTS } from '../generated/config-defaults.js';

/** What callers may ask of us at most. Times in milliseconds, sizes in bytes. */
export interface RpcLimits {
  readonly maxBodyBytes: number;
  /** What the bodies of all requests may take together, until they are answered; small ones do not count. */
  readonly maxBodiesBytes: number;
  readonly maxHeaderBytes: number;
  /** How many arrays and objects of a body may lie in one another. */
  readonly maxJsonDepth: number;
  readonly maxBatchLength: number;
  /** Open connections of each listener; with more, only the master is served. */
  readonly maxConnections: number;
  /** Connections in the handshake, of all peers that are no nodes of the cluster. */
  readonly maxStrangers: number;
  /** Those of one address. */
  readonly maxStrangersPerAddress: number;
  /** From the connection to the end of the TLS handshake. */
  readonly handshakeTimeoutMs: number;
  /** From the connection, or the first byte of a later request, to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** From there to the end of its body. */
  readonly requestTimeoutMs: number;
  /** How long a body may wait until there is room for it. */
  readonly bodyWaitMs: number;
  /** For the caller to take the reply. */
  readonly replyTimeoutMs: number;
  /** How long a connection may idle between two requests. */
  readonly keepAliveTimeoutMs: number;
  /** How often late headers and bodies are looked for. */
  readonly timeoutCheckIntervalMs: number;
}

/**
 * So many connections more are taken, to serve the master and to tell others that there are too many. Beyond that they are
 * dropped as they come.
 */
export const SPARE_CONNECTIONS = 64;
const LEAST_CONNECTIONS = 16;
/** Each of two listeners gets this part of the descriptors. The rest is for work. */
const SHARE_OF_LISTENER = 1 / 4;

/** The limits for a process with so many descriptors: one listener must not take those of another, or of the work. */
export function withinDescriptors<T extends { readonly maxConnections: number }>(
  limits: T,
  maxOpenFiles: number,
): T {
  const share = Math.floor(maxOpenFiles * SHARE_OF_LISTENER) - SPARE_CONNECTIONS;
  const most = Math.max(LEAST_CONNECTIONS, share);
  return { ...limits, maxConnections: Math.min(limits.maxConnections, most) };
}

/**
 * A thousand idle connections must not keep others out, and the largest body that Ganeti sends (a file of the cluster
 * configuration, compressed and in base64) must pass by far.
 */
export const DEFAULT_RPC_LIMITS: RpcLimits = {
  ...CONFIG_DEFAULTS.limits,
  maxStrangers: 256,
  maxStrangersPerAddress: 16,
  maxHeaderBytes: 16 * 1024,
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  bodyWaitMs: 20_000,
  replyTimeoutMs: 60_000,
  keepAliveTimeoutMs: 30_000,
  timeoutCheckIntervalMs: 1000,
};
