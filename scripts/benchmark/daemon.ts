import { createSecureContext } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { NODED_PORT } from './hosts.js';
import { isRunning } from './processes.js';
import type { Host } from './row.js';
import { payloadOf, WireConnection } from './wire-client.js';

/** What daemon-util starts on a node; it goes to the background by itself. $@: it; the time is that of its first instant. */
const START = 'date +%s%N; exec "$@" </dev/null >/dev/null 2>&1';
const DAEMON = '/usr/sbin/ganeti-noded';
const POLL_MS = 2;
const LIMIT_MS = 60_000;

/**
 * Kills the node daemon, as a power failure would, and starts it again.
 *
 * @returns milliseconds from the start of its program to the first reply
 */
export async function restartDaemon(host: Host): Promise<number> {
  const pid = await host.daemonPid();
  process.kill(pid, 'SIGKILL');
  while (isRunning(pid)) await delay(POLL_MS);
  const [started, answered] = await Promise.all([
    host.exec('sh', '-c', START, 'start', DAEMON),
    firstReply(host),
  ]);
  return answered - Number(started) / 1e6;
}

/** When the daemon has answered for the first time, in milliseconds since the epoch. */
async function firstReply({ address, credentials, name }: Host): Promise<number> {
  const endpoint = { address, port: NODED_PORT, credentials };
  const secureContext = createSecureContext(credentials);
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      const connection = await WireConnection.open(endpoint, { secureContext });
      payloadOf(await connection.post('/version', '[]'));
      connection.close();
      return performance.timeOrigin + performance.now();
    } catch (error) {
      if (performance.now() > end)
        throw new Error(`the daemon of ${name} did not come back`, { cause: error });
      await delay(POLL_MS);
    }
  }
}
