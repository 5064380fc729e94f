import { pidOnMachine } from '../../kit/machine/processes.js';
import { type Program, TestClusterScript } from '../../kit/test-cluster.js';
import { payloadOf, WireConnection } from '../../kit/wire-client.js';
import type { GanetiVersion } from '../options.js';
import type { Credentials, Host } from '../row.js';

/** Where node daemons listen. */
export const NODED_PORT = 1811;

const NODES = ['node1', 'node2', 'node3'];
const MASTER_NODE = 'node1';
const MEASURED_NODE = 'node2';
const PID_FILE = '/var/run/ganeti/ganeti-noded.pid';

/** A test cluster with one of the two daemons on all its nodes. */
export class BenchCluster {
  readonly #name: Host['name'];
  readonly #ganeti: GanetiVersion;
  readonly #cluster: TestClusterScript;
  #making: Promise<unknown> = Promise.resolve();

  /** @param number tells the clusters of this machine apart (TESTCLUSTER_NUMBER) */
  constructor(name: Host['name'], ganeti: GanetiVersion, number: number) {
    this.#name = name;
    this.#ganeti = ganeti;
    // Ctrl-C is for the benchmark alone, which then takes the clusters down in order.
    this.#cluster = new TestClusterScript(number, { detached: true });
  }

  async up(): Promise<ClusterHost> {
    const options = ['--nodes', String(NODES.length), '--ganeti', this.#ganeti];
    if (this.#name === 'stock') options.push('--stock');
    this.#making = this.#cluster.run('up', ...options);
    await this.#making;
    return ClusterHost.find(this.#name, this.#cluster);
  }

  /** Leaves nothing behind. A cluster that is still being made is finished first, or half of it would be left. */
  async down(): Promise<void> {
    await this.#making.catch(() => undefined);
    await this.#cluster.run('down');
  }
}

interface ClusterHostParts {
  readonly name: Host['name'];
  readonly cluster: TestClusterScript;
  readonly credentials: Credentials;
  readonly pidNamespace: string;
}

/** The measured node of a test cluster. */
export class ClusterHost implements Host {
  readonly name: Host['name'];
  readonly address: string;
  readonly credentials: Credentials;
  readonly #cluster: TestClusterScript;
  /** The link of the node's own namespace of processes. */
  readonly #pidNamespace: string;

  private constructor({ name, cluster, credentials, pidNamespace }: ClusterHostParts) {
    this.name = name;
    this.address = `${cluster.network}${MEASURED_NODE.replace('node', '')}`;
    this.credentials = credentials;
    this.#cluster = cluster;
    this.#pidNamespace = pidNamespace;
  }

  static async find(name: Host['name'], cluster: TestClusterScript): Promise<ClusterHost> {
    const [client, server, pidNamespace] = await Promise.all([
      cluster.run('exec', MASTER_NODE, 'cat', '/var/lib/ganeti/client.pem'),
      cluster.run('exec', MASTER_NODE, 'cat', '/var/lib/ganeti/server.pem'),
      cluster.run('exec', MEASURED_NODE, 'readlink', '/proc/self/ns/pid'),
    ]);
    const credentials = { cert: client, key: client, ca: certificateIn(server) };
    return new ClusterHost({ name, cluster, credentials, pidNamespace: pidNamespace.trim() });
  }

  exec(...command: string[]): Promise<string> {
    return this.#cluster.run('exec', MEASURED_NODE, ...command);
  }

  /** A program on the node that goes on; it should end with its standard input. */
  start(...command: string[]): Program {
    return this.#cluster.start('exec', MEASURED_NODE, ...command);
  }

  master(...command: string[]): Promise<string> {
    return this.#cluster.run('exec', MASTER_NODE, ...command);
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    const { address, credentials } = this;
    const connection = await WireConnection.open({ address, port: NODED_PORT, credentials });
    try {
      return payloadOf(await connection.post(`/${method}`, JSON.stringify(args)));
    } finally {
      connection.close();
    }
  }

  async daemonPid(): Promise<number> {
    return this.pidOnMachine(Number(await this.exec('cat', PID_FILE)));
  }

  async daemonPids(): Promise<number[]> {
    const command = `readlink /proc/self/ns/pid; cat ${PID_FILE}`;
    const outputs = await Promise.all(
      NODES.map((node) => this.#cluster.run('exec', node, 'sh', '-c', command)),
    );
    return outputs.map((output) => {
      const [pidNamespace = '', pid] = output.split('\n');
      return pidOnMachine(pidNamespace, Number(pid));
    });
  }

  /** The PID that this machine gives to a process of the node. */
  pidOnMachine(pid: number): number {
    return pidOnMachine(this.#pidNamespace, pid);
  }
}

/** Without the key that is in the same file. */
function certificateIn(pem: string): string {
  const found = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(pem)?.[0];
  if (found === undefined) throw new Error('server.pem holds no certificate');
  return found;
}
