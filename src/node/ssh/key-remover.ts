import { removeAuthorizedKeys } from './authorized-keys.js';
import {
  type KeyFilesParts,
  type KeyUpdate,
  type NodeErrors,
  sendNoting,
  sendToOthers,
} from './node-updates.js';
import { type KeysByNode, publicKeysOf, removePublicKeys } from './public-keys.js';
import { SshUpdateError } from './update-error.js';

/** A node whose key is to be forgotten, and how. */
export interface RemovedNode {
  readonly uuid: string;
  readonly name: string;
  /** Whether all nodes are to let the key in no longer. */
  readonly fromAuthorizedKeys: boolean;
  /** Whether the key is to be taken from the list of public keys. */
  readonly fromPublicKeys: boolean;
  /** Whether the node is to let the other master candidates in no longer. */
  readonly clearsAuthorizedKeys: boolean;
  /** Whether the node is to forget the list of public keys. */
  readonly clearsPublicKeys: boolean;
}

export interface RemovalOptions {
  readonly masterCandidateUuids: readonly string[];
  /** Names of the nodes that are or may become master candidates: only these keep the public keys. */
  readonly candidates: readonly string[];
  /** Keys to be removed, when they are not those in the list of public keys. */
  readonly keys?: KeysByNode;
  /** Keys that stay whosever they are. */
  readonly keptKeys?: readonly string[];
  /** Whether it does not matter that the key of a node is not known. */
  readonly isReadd?: boolean;
}

/**
 * Makes all nodes forget keys of nodes; for the master (Ganeti: backend.RemoveNodeSshKeyBulk).
 *
 * @returns nodes that could not be changed
 * @throws SshUpdateError when a key is not known, or it is the master's
 */
export async function removeKeys(
  parts: KeyFilesParts,
  nodes: readonly RemovedNode[],
  options: RemovalOptions,
): Promise<NodeErrors> {
  if (!nodes.some(asksForAnything))
    throw new SshUpdateError('No removal from any key file was requested.');
  const keys = await keysToRemove(parts, nodes, options);
  const errors = [
    ...(await forgetEverywhere(parts, nodes, keys, options)),
    ...(await changeOwners(parts, nodes, keys, options)),
  ];
  for (const { uuid } of nodes.filter(({ fromPublicKeys }) => fromPublicKeys))
    if (uuid in keys) await removePublicKeys(parts.dataDir, uuid);
  return errors;
}

async function keysToRemove(
  { ssconf, dataDir }: KeyFilesParts,
  nodes: readonly RemovedNode[],
  { keys: given, keptKeys = [], isReadd = false }: RemovalOptions,
): Promise<KeysByNode> {
  if (given !== undefined) return given;
  const removed = nodes.filter((node) => node.fromAuthorizedKeys || node.fromPublicKeys);
  if (removed.some(({ name }) => name === ssconf.masterNode()))
    throw new SshUpdateError("Cannot remove the master node's keys.");
  if (removed.length === 0) return {};
  const known = await publicKeysOf(
    dataDir,
    removed.map(({ uuid }) => uuid),
  );
  for (const { uuid } of removed)
    if (!(uuid in known) && !isReadd)
      throw new SshUpdateError(
        `Node '${uuid}' not found in the list of public SSH keys. It seems someone tries to remove a key from outside the cluster!`,
      );
  return mapKeys(known, (keys) => keys.filter((key) => !keptKeys.includes(key)));
}

/**
 * On this node, and on all others.
 *
 * Deviation: when there are several owners, each forgets the keys of the others too; Ganeti leaves them all out. And
 * nodes that keep no public keys are not told to remove one, as Ganeti's comments have it.
 */
async function forgetEverywhere(
  parts: KeyFilesParts,
  nodes: readonly RemovedNode[],
  keys: KeysByNode,
  { candidates }: RemovalOptions,
): Promise<NodeErrors> {
  if (Object.keys(keys).length === 0) return [];
  const { refused = {} } = changesOf(nodes, keys);
  await removeAuthorizedKeys(parts, Object.values(refused).flat());
  const names = nodes.map(({ name }) => name).join(', ');
  return sendToOthers(
    parts,
    (node) => {
      const others = nodes.filter(({ name }) => name !== node);
      return updateOf(changesOf(others, keys), candidates.includes(node));
    },
    (node, { message }) =>
      `When removing the key of node '${names}', updating the SSH key files of node '${node}' failed. Last error was: ${message}.`,
  );
}

/** On the owners of the keys themselves. */
async function changeOwners(
  parts: KeyFilesParts,
  nodes: readonly RemovedNode[],
  keys: KeysByNode,
  { masterCandidateUuids }: RemovalOptions,
): Promise<NodeErrors> {
  const errors: NodeErrors = [];
  for (const node of nodes) {
    const others = masterCandidateUuids.filter((uuid) => uuid !== node.uuid);
    const update: KeyUpdate = {
      // The file is not ours alone: only keys that Ganeti has put there may go.
      ...(node.clearsAuthorizedKeys
        ? { authorized_keys: ['remove', await publicKeysOf(parts.dataDir, others)] }
        : {}),
      ...publicKeysUpdate(node, keys),
    };
    if (Object.keys(update).length > 0)
      errors.push(...(await sendNoting(parts, node.name, update, describeOwner)));
  }
  return errors;
}

function asksForAnything(node: RemovedNode): boolean {
  return (
    node.fromAuthorizedKeys ||
    node.fromPublicKeys ||
    node.clearsAuthorizedKeys ||
    node.clearsPublicKeys
  );
}

function publicKeysUpdate(
  { clearsPublicKeys, fromPublicKeys }: RemovedNode,
  keys: KeysByNode,
): KeyUpdate {
  if (clearsPublicKeys) return { public_keys: ['clear', {}] };
  const isRemoval = fromPublicKeys && Object.keys(keys).length > 0;
  return isRemoval ? { public_keys: ['remove', keys] } : {};
}

function describeOwner(node: string, { message }: SshUpdateError): string {
  return `Removing SSH keys from node '${node}' failed. This can happen when the node is already unreachable. Error: ${message}`;
}

/** Keys that are let in no longer, and keys that are listed no longer; undefined where nothing is to be done. */
interface Changes {
  readonly refused: KeysByNode | undefined;
  readonly unlisted: KeysByNode | undefined;
}

function changesOf(nodes: readonly RemovedNode[], keys: KeysByNode): Changes {
  return {
    refused: pick(
      keys,
      nodes.filter(({ fromAuthorizedKeys }) => fromAuthorizedKeys),
    ),
    unlisted: pick(
      keys,
      nodes.filter(({ fromPublicKeys }) => fromPublicKeys),
    ),
  };
}

function updateOf({ refused, unlisted }: Changes, keepsPublicKeys: boolean): KeyUpdate | undefined {
  const update: KeyUpdate = {
    ...(refused === undefined ? {} : { authorized_keys: ['remove', refused] }),
    ...(unlisted === undefined || !keepsPublicKeys ? {} : { public_keys: ['remove', unlisted] }),
  };
  return Object.keys(update).length === 0 ? undefined : update;
}

/** The keys of `nodes`; undefined when no node is asked for. */
function pick(keys: KeysByNode, nodes: readonly RemovedNode[]): KeysByNode | undefined {
  if (nodes.length === 0) return undefined;
  return Object.fromEntries(
    nodes.flatMap(({ uuid }) => (keys[uuid] === undefined ? [] : [[uuid, keys[uuid]]])),
  );
}

function mapKeys(
  keys: KeysByNode,
  change: (keys: readonly string[]) => readonly string[],
): KeysByNode {
  return Object.fromEntries(Object.entries(keys).map(([node, own]) => [node, change(own)]));
}
