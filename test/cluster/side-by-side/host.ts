import type { Endpoint } from '../../../tools/kit/wire-client.js';
import { PROJECT, type TestCluster } from '../test-cluster.js';
import { ask, askJsonRpc, type Reply } from './wires.js';

/** What a request may have to name, and what each host has of its own. */
export interface Facts {
  /** The first three numbers of all addresses, with a dot at the end. */
  readonly network: string;
  /** The loop device of the instance that runs. */
  readonly loopDevice: string;
  /** UUIDs of the nodes, by name. */
  readonly nodes: Readonly<Record<string, string>>;
}

/** The second node of a cluster of two: what the first one, the master, asks. */
export class Host {
  readonly facts: Facts;
  readonly #cluster: TestCluster;
  readonly #endpoint: Endpoint;

  private constructor(cluster: TestCluster, facts: Facts, endpoint: Endpoint) {
    this.#cluster = cluster;
    this.facts = facts;
    this.#endpoint = endpoint;
  }

  /** Gives the host what the requests ask about, and finds out what is its own. */
  static async of(cluster: TestCluster): Promise<Host> {
    await cluster.on('node2', `${PROJECT}test/cluster/side-by-side/prepare`);
    await cluster.on('node1', 'gnt-cluster', 'add-tags', 'side-by-side');
    const client = await cluster.on('node1', 'cat', '/var/lib/ganeti/client.pem');
    const server = await cluster.on('node1', 'cat', '/var/lib/ganeti/server.pem');
    return new Host(cluster, await factsOf(cluster), {
      address: `${cluster.network}2`,
      port: 1811,
      credentials: { key: client, cert: client, ca: server },
    });
  }

  /** One request on Ganeti's wire. */
  async ask(call: string, body: unknown): Promise<Reply> {
    return ask(this.#endpoint, call, body);
  }

  /** The same as a JSON-RPC request. */
  async askJsonRpc(call: string, params: readonly unknown[]): Promise<Reply> {
    return askJsonRpc(this.#endpoint, call, params);
  }

  /** Runs a line of shell on the host. */
  async change(line: string): Promise<void> {
    await this.#cluster.on('node2', 'sh', '-c', line);
  }
}

async function factsOf(cluster: TestCluster): Promise<Facts> {
  const config = JSON.parse(await cluster.on('node1', 'cat', '/var/lib/ganeti/config.data')) as {
    nodes: Record<string, { name: string }>;
  };
  const root = '/run/ganeti/chroot-hypervisor/inst1.noded.test';
  const device = await cluster.on('node2', 'findmnt', '--noheadings', '--output', 'SOURCE', root);
  return {
    network: cluster.network,
    loopDevice: device.trim(),
    nodes: Object.fromEntries(Object.entries(config.nodes).map(([uuid, { name }]) => [name, uuid])),
  };
}
