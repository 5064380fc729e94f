import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { isAlive } from '../../kit/machine/processes.js';
import { type Endpoint, payloadOf, WireConnection } from '../../kit/wire-client.js';
import type { Host } from '../row.js';
import { NODED_PORT } from './hosts.js';

/** Prints when it is, in nanoseconds since the epoch, and becomes the program in $@. */
export const TIMED_START = 'date +%s%N; exec "$@"';
/** What daemon-util starts on a node; it goes to the background by itself. */
const DAEMON = '/usr/sbin/ganeti-noded';
const POLL_MS = 2;
const LIMIT_MS = 60_000;

/**
 * Kills the node daemon, as a power failure would, and starts it again.
 *
 * @returns milliseconds from the start of its program to the first reply
 */
export async function restartDaemon(host: Host): Promise<number> {
  const { address, credentials } = host;
  const pid = await host.daemonPid();
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await delay(POLL_MS);
  const [started, answered] = await Promise.all([
    host.exec('sh', '-c', `${TIMED_START} </dev/null >/dev/null 2>&1`, 'start', DAEMON),
    firstReply({ address, credentials, port: NODED_PORT }),
  ]);
  return answered - Number(started) / 1e6;
}

/** When somebody has answered there for the first time, in milliseconds since the epoch. */
export async function firstReply(endpoint: Endpoint): Promise<number> {
  const secureContext = createSecureContext(endpoint.credentials);
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      const connection = await WireConnection.open(endpoint, { secureContext });
      payloadOf(await connection.post('/version', '[]'));
      connection.close();
      return performance.timeOrigin + performance.now();
    } catch (error) {
      if (performance.now() > end)
        throw new Error(`nobody answers on ${endpoint.address}:${endpoint.port}`, { cause: error });
      await delay(POLL_MS);
    }
  }
}
