import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ClusterHost, NODED_PORT } from './hosts.js';
import type { Bench, Host } from './row.js';
import type { Endpoint } from './wire-client.js';

/** Something that answers calls and is measured. */
export interface Subject extends Endpoint {
  readonly name: 'stock' | 'ours' | 'limit';
  /** As this machine knows it. */
  readonly pid: number;
}

const LIMIT_PORT = 18110;
const LIMIT_SERVER = fileURLToPath(new URL('limit-server.js', import.meta.url));

/** The daemon of a host, as it runs now. */
export async function daemonOf(host: Host): Promise<Subject> {
  const { name, address, credentials } = host;
  return { name, address, credentials, port: NODED_PORT, pid: await host.daemonPid() };
}

/** Both daemons and, on the node of ours, the limit, which runs for the time of the work. */
export async function withSubjects<T>(
  { stock, ours }: Bench,
  work: (subjects: { stock: Subject; ours: Subject; limit: Subject }) => Promise<T>,
): Promise<T> {
  const daemons = { stock: await daemonOf(stock), ours: await daemonOf(ours) };
  return withLimit(ours, (limit) => work({ ...daemons, limit }));
}

/** The bare HTTPS server, for the time of the work. */
export async function withLimit<T>(host: Host, work: (limit: Subject) => Promise<T>): Promise<T> {
  if (!(host instanceof ClusterHost))
    throw new TypeError('the limit runs on a node of a test cluster');
  const program = host.start(process.execPath, LIMIT_SERVER, String(LIMIT_PORT));
  const ended = once(program, 'exit');
  try {
    const lines = createInterface({ input: program.stdout });
    const [line] = (await Promise.race([
      once(lines, 'line'),
      ended.then(() => Promise.reject(new Error('the limit server did not start'))),
    ])) as [string];
    const { address, credentials } = host;
    const pid = host.pidOnMachine(Number(line));
    return await work({ name: 'limit', address, credentials, port: LIMIT_PORT, pid });
  } finally {
    program.stdin.end();
    await ended;
  }
}
