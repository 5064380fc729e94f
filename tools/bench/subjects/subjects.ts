import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '../../kit/wire-client.js';
import type { Bench, Host } from '../row.js';
import { firstReply, TIMED_START } from './daemon.js';
import { ClusterHost, NODED_PORT } from './hosts.js';

/** Something that answers calls and is measured. */
export interface Subject extends Endpoint {
  readonly name: 'stock' | 'ours' | 'limit';
  /** As this machine knows it. */
  readonly pid: number;
}

const LIMIT_PORT = 18110;
const LIMIT_SERVER = fileURLToPath(new URL('./limit-server.js', import.meta.url));

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
export function withLimit<T>(host: Host, work: (limit: Subject) => Promise<T>): Promise<T> {
  return withLimitServer(host, async ({ endpoint, nextLine, pidOnMachine }) => {
    await nextLine();
    const pid = pidOnMachine(Number(await nextLine()));
    return work({ ...endpoint, name: 'limit', pid });
  });
}

/**
 * Starts the bare HTTPS server, once.
 *
 * @returns milliseconds from the start of its program to the first reply, as of a daemon that is restarted
 */
export function startLimit(host: Host): Promise<number> {
  return withLimitServer(host, async ({ endpoint, nextLine }) => {
    const [started, answered] = await Promise.all([nextLine(), firstReply(endpoint)]);
    return answered - Number(started) / 1e6;
  });
}

interface LimitServer {
  readonly endpoint: Endpoint;
  /** When it was started, as TIMED_START says it, and then, once it takes calls, its PID on the node. */
  readonly nextLine: () => Promise<string>;
  readonly pidOnMachine: (pid: number) => number;
}

async function withLimitServer<T>(
  host: Host,
  work: (server: LimitServer) => Promise<T>,
): Promise<T> {
  if (!(host instanceof ClusterHost))
    throw new TypeError('the limit runs on a node of a test cluster');
  const command = [process.execPath, LIMIT_SERVER, String(LIMIT_PORT)];
  const program = host.start('sh', '-c', TIMED_START, 'start', ...command);
  const ended = once(program, 'exit');
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const { address, credentials } = host;
  try {
    return await work({
      endpoint: { address, credentials, port: LIMIT_PORT },
      nextLine: async () => {
        const line = (await lines.next()) as IteratorResult<string, undefined>;
        if (line.done === true) throw new Error('the limit server did not start');
        return line.value;
      },
      pidOnMachine: (pid) => host.pidOnMachine(pid),
    });
  } finally {
    program.stdin.end();
    await ended;
  }
}
