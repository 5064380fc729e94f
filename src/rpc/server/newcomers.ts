import type { Socket } from 'node:net';
import type { RpcLimits } from '../limits.js';

export interface NewcomerParts {
  /** Whether a node of the cluster has an address. */
  readonly isNode: (address: string) => boolean;
  /** Is told of connections that found no place, or had to make room for a later one. */
  readonly onClosed: (address: string) => void;
  readonly limits: Pick<RpcLimits, 'maxConnections' | 'maxStrangers' | 'maxStrangersPerAddress'>;
}

/** What tells a connection from others at any time. */
type Ends = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>;

/** A node that makes many connections at once finishes their handshakes at once, too. */
const LEAST_PER_NODE = 64;
/** The part of all connections that one node may have in the handshake. */
const SHARE_OF_NODE = 1 / 4;

/**
 * The connections of which it is not known yet whether their peers may call. Strangers get few places, for each address
 * and in all; nodes of the cluster have their own. Where callers may be among those who want a place, the oldest makes
 * room: a handshake of theirs takes a moment, and what waits longer is no caller's.
 */
export class Newcomers {
  readonly #parts: NewcomerParts;
  readonly #byAddress = new Map<string, Set<Socket>>();
  readonly #strangers = new Set<Socket>();
  readonly #leaves = new Map<string, () => void>();

  constructor(parts: NewcomerParts) {
    this.#parts = parts;
  }

  /** Whether there is a place for the connection; else it is closed. */
  enter(socket: Socket): boolean {
    const { isNode, limits } = this.#parts;
    const address = plainAddress(socket);
    const ofAddress = this.#byAddress.get(address) ?? new Set();
    const isStranger = !isNode(address);
    if (isStranger && ofAddress.size >= limits.maxStrangersPerAddress) {
      this.#close(socket);
      return false;
    }
    this.#byAddress.set(address, ofAddress.add(socket));
    if (isStranger) this.#strangers.add(socket);
    this.#leaveLater(socket, () => {
      this.#strangers.delete(socket);
      ofAddress.delete(socket);
      if (ofAddress.size === 0) this.#byAddress.delete(address);
    });
    if (isStranger) this.#makeRoom(this.#strangers, limits.maxStrangers);
    else this.#makeRoom(ofAddress, Math.max(LEAST_PER_NODE, limits.maxConnections * SHARE_OF_NODE));
    return true;
  }

  /** The peer may call, so that the connection is no newcomer any more. One that ends leaves by itself. */
  admit(ends: Ends): void {
    this.#leaves.get(keyOf(ends))?.();
  }

  #leaveLater(socket: Socket, leave: () => void): void {
    const key = keyOf(socket);
    const leaveOnce = () => {
      if (this.#leaves.get(key) !== leaveOnce) return;
      this.#leaves.delete(key);
      leave();
    };
    this.#leaves.set(key, leaveOnce);
    socket.once('close', leaveOnce);
  }

  #makeRoom(sockets: Set<Socket>, most: number): void {
    const [oldest] = sockets;
    if (sockets.size <= most || oldest === undefined) return;
    // At once: it says that it is closed after others have come.
    this.admit(oldest);
    this.#close(oldest);
  }

  #close(socket: Socket): void {
    const address = plainAddress(socket);
    socket.destroy();
    this.#parts.onClosed(address);
  }
}

function keyOf({ remoteAddress, remotePort, localAddress }: Ends): string {
  return [remoteAddress, remotePort, localAddress].join(' ');
}

/** An IPv4 address as such, also when the listener is one for IPv6. */
function plainAddress({ remoteAddress = 'unknown' }: Ends): string {
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
}
