import { access, readFile } from 'node:fs/promises';
import { errorReason, isDone } from '../../base/errno.js';
import type { SshKeyType, SshNodeStatus } from '../../generated/objects.js';
import {
  type AuthorizedKeysParts,
  authorizedLines,
  includesKey,
  repeatedUsers,
} from '../ssh/authorized-keys.js';
import { keyPair } from '../ssh/files.js';
import { allPublicKeys, type KeysByNode, publicKeysFile } from '../ssh/public-keys.js';

interface NodeStatus {
  readonly uuid: string;
  readonly name: string;
  readonly isCandidate: boolean;
  readonly isPotentialCandidate: boolean;
  readonly isOnline: boolean;
}

/** What the check of one node works on. */
interface Setup {
  readonly own: NodeStatus;
  readonly nodes: readonly NodeStatus[];
  readonly publicKeys: KeysByNode;
  readonly authorized: readonly string[];
}

export interface SshSetupParts extends AuthorizedKeysParts {
  readonly dataDir: string;
}

/** What is wrong with the SSH key files of this node (Ganeti: backend._VerifySshSetup). */
export async function verifySshSetup(
  parts: SshSetupParts,
  statuses: readonly SshNodeStatus[] | null,
  keyType: SshKeyType,
  ownName: string,
): Promise<string[]> {
  if (statuses === null) return ['No node list to check against the pub_key_file received.'];
  const nodes = statuses.map(nodeStatus);
  const own = nodes.find(({ name }) => name === ownName);
  if (own === undefined) return [`Cannot find node information for node '${ownName}'.`];
  const path = publicKeysFile(parts.dataDir);
  if (!(await isDone(['ENOENT'], access(path))))
    return [
      `The public key file '${path}' does not exist. Consider running 'gnt-cluster renew-crypto --new-ssh-keys [--no-ssh-key-check]' to fix this.`,
    ];
  const publicKeys = await allPublicKeys(parts.dataDir);
  const setup = { own, nodes, publicKeys, authorized: await authorizedLines(parts) };
  return [...(await publicKeyProblems(parts, setup, keyType)), ...loginProblems(setup)];
}

/**
 * Hosts with more than one key among those that may log in.
 *
 * Ganeti: backend._VerifySshClutter, which cannot read what it is given.
 */
export async function sshClutter(
  parts: AuthorizedKeysParts,
  statuses: readonly SshNodeStatus[] | null,
  ownName: string,
): Promise<string[]> {
  const hosts = (statuses ?? []).map(([, name]) => name);
  const repeated = repeatedUsers(await authorizedLines(parts), hosts);
  if (repeated.size === 0) return [];
  const entries = [...repeated].map(
    ([user, lines]) => `Entry for '${user}' in lines ${lines.join(', ')}. `,
  );
  return [
    `There are hosts which have more than one SSH key stored for the same user in the 'authorized_keys' file of node ${ownName}. This can be due to an unsuccessful operation which cluttered up the 'authorized_keys' file. We recommend to clean this up manually. ${entries.join('')}`,
  ];
}

async function publicKeyProblems(
  parts: SshSetupParts,
  setup: Setup,
  keyType: SshKeyType,
): Promise<string[]> {
  const { own, publicKeys } = setup;
  const path = `${own.name}:${publicKeysFile(parts.dataDir)}`;
  if (own.isPotentialCandidate)
    return [...listingProblems(setup, path), ...(await ownKeyProblems(parts, setup, keyType))];
  return Object.keys(publicKeys).length === 0
    ? []
    : [
        `The public key file ${path} is not empty, although the node is not a potential master candidate.`,
      ];
}

async function ownKeyProblems(
  { sshDir }: SshSetupParts,
  { own, publicKeys }: Setup,
  keyType: SshKeyType,
): Promise<string[]> {
  const { publicKey } = keyPair(sshDir, keyType);
  const path = `${own.name}:${publicKey}`;
  const keys = publicKeys[own.uuid] ?? [];
  const problems: string[] = [];
  try {
    if (!keys.includes((await readFile(publicKey, 'utf8')).trim()))
      problems.push(
        `The key for node ${own.name} in the cluster config does not match this node's key in the node public key file ${path}.`,
      );
  } catch (error) {
    problems.push(`The node public key file ${path} cannot be read: ${errorReason(error)}.`);
  }
  if (keys.length > 1)
    problems.push(
      `There is more than one key for node ${own.name} in the node public key file ${path}.`,
    );
  return problems;
}

function nodeStatus([uuid, name, isCandidate, isPotentialCandidate, isOnline]: SshNodeStatus) {
  return { uuid, name, isCandidate, isPotentialCandidate, isOnline };
}

/**
 * Whether exactly the potential master candidates that are online have public keys.
 *
 * Deviation: Ganeti expects keys of all nodes, and so complains of each that cannot become a master.
 */
function listingProblems({ nodes, publicKeys }: Setup, path: string): string[] {
  const offline = nodes.filter(({ isOnline }) => !isOnline).map(({ uuid }) => uuid);
  const listed = Object.keys(publicKeys).filter((uuid) => !offline.includes(uuid));
  const expected = expectedUuids(nodes);
  const unknown = listed.filter((uuid) => !expected.includes(uuid));
  const missing = expected.filter((uuid) => !listed.includes(uuid));
  return [
    ...(unknown.length > 0
      ? [
          `The following node UUIDs are listed in the shared public keys file ${path}, but are not potential master candidates: ${unknown.join(', ')}.`,
        ]
      : []),
    ...(missing.length > 0
      ? [
          `The following node UUIDs of potential master candidates are missing in the shared public keys file ${path}: ${missing.join(', ')}.`,
        ]
      : []),
  ];
}

function expectedUuids(nodes: readonly NodeStatus[]): string[] {
  return nodes
    .filter(({ isPotentialCandidate, isOnline }) => isPotentialCandidate && isOnline)
    .map(({ uuid }) => uuid);
}

/** Whether the master candidates, and nobody else but the node itself, may log in. */
function loginProblems({ own, nodes, publicKeys, authorized }: Setup): string[] {
  return nodes
    .filter(({ isOnline }) => isOnline)
    .flatMap((node) =>
      (publicKeys[node.uuid] ?? []).flatMap((key) =>
        loginProblem(node, own.name, includesKey(authorized, key)),
      ),
    );
}

function loginProblem(
  { uuid, name, isCandidate }: NodeStatus,
  ownName: string,
  mayLogIn: boolean,
): string[] {
  if (isCandidate)
    return mayLogIn
      ? []
      : [
          `A SSH key of master candidate '${name}' (UUID: '${uuid}') is not in the 'authorized_keys' file of node '${ownName}'.`,
        ];
  if (name === ownName)
    return mayLogIn
      ? []
      : [
          `A SSH key of normal node '${ownName}' (UUID: '${uuid}') is not in the 'authorized_keys' file of itself.`,
        ];
  return mayLogIn
    ? [
        `A SSH key of normal node '${name}' (UUID: '${uuid}') is in the 'authorized_keys' file of node '${ownName}'.`,
      ]
    : [];
}
