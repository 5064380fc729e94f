import { addAuthorizedKeys } from './authorized-keys.js';
import {
  type KeyFilesParts,
  type KeyUpdate,
  type NodeErrors,
  sendRepeatedly,
  sendToOthers,
} from './node-updates.js';
import {
  allPublicKeys,
  type KeysByNode,
  publicKeysOf,
  removePublicKeys,
  renamePublicKeys,
} from './public-keys.js';
import { SshUpdateError } from './update-error.js';

/** A node whose key is to become known, and how. */
export interface AddedNode {
  readonly uuid: string;
  readonly name: string;
  /** Whether all nodes are to let the key in. */
  readonly toAuthorizedKeys: boolean;
  /** Whether the key is to be listed among the public keys. */
  readonly toPublicKeys: boolean;
  /** Whether the node is to get the list of public keys. */
  readonly getsPublicKeys: boolean;
}

/**
 * Makes keys of nodes known to all nodes; for the master (Ganeti: backend.AddNodeSshKeyBulk).
 *
 * @param candidates names of the nodes that are or may become master candidates: only these keep the public keys
 * @returns nodes that could not be changed
 * @throws SshUpdateError when a key is not known, or its own node cannot be changed
 */
export async function addKeys(
  parts: KeyFilesParts,
  nodes: readonly AddedNode[],
  candidates: readonly string[],
): Promise<NodeErrors> {
  for (const node of nodes.filter(({ toPublicKeys }) => toPublicKeys)) await identify(parts, node);
  await letInHere(parts, nodes);
  for (const node of nodes.filter(({ getsPublicKeys }) => getsPublicKeys))
    await sendPublicKeys(parts, node);
  return letInElsewhere(parts, nodes, candidates);
}

/** A node that has just joined is listed by its name, which is replaced. */
async function identify({ dataDir }: KeyFilesParts, { uuid, name }: AddedNode): Promise<void> {
  const known = await publicKeysOf(dataDir, [uuid, name]);
  if (Object.keys(known).length === 0)
    throw new SshUpdateError(
      `No keys found for the new node '${name}' (UUID ${uuid}) in the list of public SSH keys, neither for the name or the UUID`,
    );
  if (name in known) await renamePublicKeys(dataDir, name, uuid);
}

async function letInHere(parts: KeyFilesParts, nodes: readonly AddedNode[]): Promise<void> {
  const letIn = nodes.filter(({ toAuthorizedKeys }) => toAuthorizedKeys);
  const keys = await keysOf(parts, letIn);
  for (const { uuid, name } of letIn)
    if (!(uuid in keys))
      throw new SshUpdateError(
        `No keys found for the node '${name}' (UUID ${uuid}) in the list of public SSH keys`,
      );
  if (letIn.length > 0) await addAuthorizedKeys(parts, Object.values(keys).flat());
}

async function sendPublicKeys(
  parts: KeyFilesParts,
  { uuid, name, toPublicKeys }: AddedNode,
): Promise<void> {
  try {
    const all = await allPublicKeys(parts.dataDir);
    await sendRepeatedly(parts, name, { public_keys: ['override', all] });
  } catch (error) {
    if (error instanceof SshUpdateError && toPublicKeys)
      await removePublicKeys(parts.dataDir, uuid);
    throw error;
  }
}

/** Deviation: Ganeti gives up at the first node that is no candidate and cannot be changed. */
async function letInElsewhere(
  parts: KeyFilesParts,
  nodes: readonly AddedNode[],
  candidates: readonly string[],
): Promise<NodeErrors> {
  const letIn = nodes.filter(({ toAuthorizedKeys }) => toAuthorizedKeys);
  const listed = nodes.filter(({ toPublicKeys }) => toPublicKeys);
  const forAll: KeyUpdate =
    letIn.length > 0 ? { authorized_keys: ['add', await keysOf(parts, letIn)] } : {};
  const forCandidates: KeyUpdate =
    listed.length > 0
      ? { ...forAll, public_keys: ['replace_or_add', await keysOf(parts, listed)] }
      : forAll;
  const names = nodes.map(({ name }) => name).join(', ');
  return sendToOthers(
    parts,
    (node) => unlessEmpty(candidates.includes(node) ? forCandidates : forAll),
    (node, { message }) =>
      `When adding the key of node '${names}', updating SSH key files of node '${node}' failed. Not trying again. Last error was: ${message}.`,
  );
}

async function keysOf(
  { dataDir }: KeyFilesParts,
  nodes: readonly AddedNode[],
): Promise<KeysByNode> {
  return nodes.length === 0
    ? {}
    : publicKeysOf(
        dataDir,
        nodes.map(({ uuid }) => uuid),
      );
}

function unlessEmpty(update: KeyUpdate): KeyUpdate | undefined {
  return Object.keys(update).length === 0 ? undefined : update;
}
