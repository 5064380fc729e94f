import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Paths } from '../../../src/config/config.js';
import {
  type Identity,
  makeClusterIdentity,
  makeIdentity,
} from '../../../tools/kit/certificates.js';

/** A node of the cluster in which exchanges were recorded. */
export interface ClusterNode {
  readonly name: string;
  readonly uuid: string;
  readonly addresses: readonly string[];
}

const CLUSTER = 'cluster.lab.test';
const MASTER_ADDRESS = '10.99.0.10';

/** The first one is the master. */
export const NODES = [
  node('node1', '0033fc9a-160b-456e-b16b-70400333eb17', ['10.99.0.1', MASTER_ADDRESS]),
  node('node2', '258124ea-7836-4e9b-9b97-edbce396bf42', ['10.99.0.2']),
  node('node3', '378c2468-8382-490b-8b81-4a43b9dc4378', ['10.99.0.3']),
] as const;

function node(name: string, uuid: string, addresses: readonly string[]): ClusterNode {
  return { name: `${name}.lab.test`, uuid, addresses };
}

/** The node that exchanges call `name`, node1 if they do not say. */
export function nodeCalled(name = 'node1'): ClusterNode {
  const found = NODES.find((one) => one.name.startsWith(`${name}.`));
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found;
}

/** The SSH key of a node, as in its id_rsa.pub. */
export function sshKeyOf(name: string): string {
  return `ssh-rsa ${Buffer.from(name).toString('base64')} root@${name}`;
}

/** A line of ganeti_pub_keys for each of these nodes. */
export function publicKeys(...nodes: readonly ClusterNode[]): string {
  return nodes.map(({ name, uuid }) => `${uuid} ${sshKeyOf(name)}\n`).join('');
}

/** The cluster's certificate, and one that it has signed. */
export interface ClusterIdentities {
  readonly server: Identity;
  readonly client: Identity;
}

let identities: ClusterIdentities | undefined;

/** Keys take a while to make: all tests share them. */
export function theIdentities(): ClusterIdentities {
  return (identities ??= makeIdentities());
}

function makeIdentities(): ClusterIdentities {
  const server = makeClusterIdentity();
  return { server, client: makeIdentity('node', { issuer: server }) };
}

/** Writes what `self` has of its cluster. */
export async function writeClusterFiles(
  { dataDir, confDir, etcHosts, sshDir }: Paths,
  storageDirectories: readonly string[],
  self: ClusterNode,
  { server, client }: ClusterIdentities,
): Promise<void> {
  const names = NODES.map(({ name }) => name);
  const files = {
    ...ssconf(dataDir, {
      cluster_name: CLUSTER,
      master_node: NODES[0].name,
      node_list: names.join('\n'),
      online_nodes: names.join('\n'),
      primary_ip_family: '2',
      ssh_ports: names.map((name) => `${name}=22`).join('\n'),
    }),
    [join(dataDir, 'server.pem')]: server.pem,
    [join(dataDir, 'client.pem')]: client.pem,
    [join(dataDir, 'ganeti_pub_keys')]: publicKeys(...NODES),
    [join(dataDir, 'hmac.key')]: '75e79bcb1eb4ba1cb15cebbcf5bfd457bf0df0e7\n',
    [join(dataDir, 'config.data')]: '{"version": 3000000}\n',
    [join(confDir, 'file-storage-paths')]: storageDirectories.map((path) => `${path}\n`).join(''),
    [etcHosts]: `127.0.0.1\tlocalhost\n10.99.0.1\t${NODES[0].name} node1\n`,
    [join(sshDir, 'authorized_keys')]: names.map((name) => `${sshKeyOf(name)}\n`).join(''),
    [join(sshDir, 'id_rsa')]: 'PRIVATE\n',
    [join(sshDir, 'id_rsa.pub')]: `${sshKeyOf(self.name)}\n`,
  };
  await Promise.all(Object.entries(files).map(([path, text]) => writeDeeply(path, text)));
}

function ssconf(dataDir: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, text]) => [join(dataDir, `ssconf_${key}`), `${text}\n`]),
  );
}

export async function writeDeeply(path: string, text = '', mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode });
}
