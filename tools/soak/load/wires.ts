import {
  CallError,
  Client,
  GanetiError,
  JsonRpcError,
  TransportError,
} from '../../../src/client/client.js';
import type { Identities } from '../identities.js';

/** The ways to call a daemon: Ganeti's wire and JSON-RPC over TLS, and JSON-RPC over the Unix socket. */
export const WIRES = ['ganeti', 'json-rpc', 'unix'] as const;
export type Wire = (typeof WIRES)[number];

/** A call, and how it goes out. */
export interface Message {
  readonly wire: Wire;
  readonly method: string;
  readonly params: readonly unknown[];
  /** Over TLS: whether on a connection that earlier calls have used, if one is free. */
  readonly isOnKeptConnection?: boolean;
}

/** Where the daemon is at the moment. */
export interface Address {
  readonly port: number;
  readonly socket: string;
}

/** A daemon that is silent for so long will not answer any more: no call here takes a tenth of it. */
const SILENCE_MS = 120_000;

/** Sends calls to the daemon, as a master candidate or as somebody else. */
export class Wires {
  readonly #address: Address;
  readonly #identities: Identities;
  /** By wire, and whether they keep connections: to read the certificates takes as long as a handshake. */
  readonly #clients = new Map<string, Client>();
  /** Of the daemon that they call. */
  #port = 0;

  /** @param address is asked again for each call */
  constructor(address: Address, identities: Identities) {
    this.#address = address;
    this.#identities = identities;
  }

  /**
   * @returns the result of the call
   * @throws an error that `isFailure`, or any other Error when there is no answer
   */
  call(message: Message): Promise<unknown> {
    return this.#client(message).request(message.method, message.params);
  }

  /** Begins a call and hangs up after a while. Whether that was before the answer came. */
  async hangUp(message: Message, afterMs: number): Promise<boolean> {
    const client = this.#client({ ...message, isOnKeptConnection: false });
    const signal = AbortSignal.timeout(afterMs);
    return client.request(message.method, message.params, { signal }).then(
      () => false,
      (error: unknown) => !(error instanceof CallError),
    );
  }

  /**
   * Calls as somebody who may not: with a certificate that nobody has vouched for, or without any.
   *
   * @returns what was answered, which should be nothing; undefined when the daemon hung up
   */
  async callAsStranger(who: 'foreigner' | 'nobody'): Promise<string | undefined> {
    const cert = who === 'foreigner' ? this.#identities.stranger.pem : undefined;
    const client = this.#make({ wire: 'ganeti', cert, keepAlive: false });
    return client.request('version').then(
      (result) => JSON.stringify(result),
      (error: unknown) => (error instanceof TransportError ? undefined : String(error)),
    );
  }

  /** Closes the connections that were kept. */
  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }

  #client({ wire, isOnKeptConnection: keepAlive = false }: Message): Client {
    if (this.#port !== this.#address.port) void this.close();
    this.#port = this.#address.port;
    const key = `${wire} ${String(keepAlive)}`;
    const cert = this.#identities.candidate.pem;
    const client = this.#clients.get(key) ?? this.#make({ wire, cert, keepAlive });
    this.#clients.set(key, client);
    return client;
  }

  #make(options: { wire: Wire; cert: string | undefined; keepAlive: boolean }): Client {
    const { wire, cert, keepAlive } = options;
    const { socket: socketPath, port } = this.#address;
    const timeoutMs = SILENCE_MS;
    // Each call has a connection of its own there.
    if (wire === 'unix') return new Client({ socketPath, timeoutMs, keepAlive: false });
    const url = `https://127.0.0.1:${port}`;
    return new Client({ url, wire, cert, ca: this.#identities.server.cert, timeoutMs, keepAlive });
  }
}

/** Whether the daemon has answered that a call failed; that it has too much to do is none. */
export function isFailure(error: unknown): error is JsonRpcError | GanetiError {
  return (
    (error instanceof JsonRpcError || error instanceof GanetiError) &&
    !('retryAfterSeconds' in error.data)
  );
}
