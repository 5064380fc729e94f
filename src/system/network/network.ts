import { createSocket } from 'node:dgram';
import { connect, isIP } from 'node:net';
import { hostname } from 'node:os';
import { errorCode } from '../../base/errno.js';

/** Ganeti: netutils.TcpPing. */
const PING_TIMEOUT_MS = 10_000;

/** What is asked of the network itself; passed in so that tests need no cluster. */
export interface NetworkDoor {
  /** What the kernel calls this node. */
  readonly hostname: () => string;
  readonly ownsAddress: (address: string) => Promise<boolean>;
  readonly answersTcp: (target: PingTarget) => Promise<boolean>;
}

/** The real network. */
export const NETWORK: NetworkDoor = { hostname, ownsAddress, answersTcp };

/** Whether this node has `address`: whether a socket can be bound to it (Ganeti: netutils.IPAddress.Own). */
export async function ownsAddress(address: string): Promise<boolean> {
  const version = isIP(address);
  if (version === 0) return false;
  const socket = createSocket(version === 6 ? 'udp6' : 'udp4');
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('error', () => {
        resolve(false);
      });
      socket.bind({ address, port: 0, exclusive: true }, () => {
        resolve(true);
      });
    });
  } finally {
    socket.close();
  }
}

/** Where to connect to, and from which of our addresses. */
export interface PingTarget {
  readonly address: string;
  readonly port: number;
  readonly source?: string;
  readonly timeoutMs?: number;
}

/**
 * Whether `address` answers: a connection that is refused is an answer too (Ganeti: netutils.TcpPing).
 *
 * As there, a `source` that is not an address of this node is passed over.
 */
export async function answersTcp({ source, ...target }: PingTarget): Promise<boolean> {
  if (isIP(target.address) === 0) return false;
  const end = await connection(target, source);
  return end === 'no-source' ? (await connection(target)) === 'answered' : end === 'answered';
}

type ConnectionEnd = 'answered' | 'no-answer' | 'no-source';

function connection(
  { address, port, timeoutMs = PING_TIMEOUT_MS }: Omit<PingTarget, 'source'>,
  localAddress?: string,
): Promise<ConnectionEnd> {
  return new Promise((resolve) => {
    const from = localAddress === undefined ? {} : { localAddress };
    const socket = connect({ host: address, port, autoSelectFamily: false, ...from });
    const end = (how: ConnectionEnd) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(how);
    };
    const timer = setTimeout(end, timeoutMs, 'no-answer');
    socket.once('connect', () => {
      end('answered');
    });
    socket.once('error', (error) => {
      end(endOf(error));
    });
  });
}

function endOf(error: NodeJS.ErrnoException): ConnectionEnd {
  if (error.syscall === 'bind') return 'no-source';
  return errorCode(error) === 'ECONNREFUSED' ? 'answered' : 'no-answer';
}
