import { readFile } from 'node:fs/promises';
import type { WallClock } from '../../base/clock.js';
import { errorReason } from '../../base/errno.js';
import { shellQuote } from '../../ganeti/shell-quote.js';
import type { SshKeyType } from '../../generated/objects.js';
import { CommandError } from '../../system/command/command.js';
import { renameIfExists } from '../../system/file/changes.js';
import { readIfExists, removeIfExists } from '../../system/file/files.js';
import { backUp } from '../files/backup.js';
import { removeAuthorizedKeys } from './authorized-keys.js';
import { keyPair, SSH_KEY_TYPES } from './files.js';
import { type AddedNode, addKeys } from './key-adder.js';
import { type RemovedNode, removeKeys } from './key-remover.js';
import { type KeyFilesParts, type NodeErrors, sendUpdate } from './node-updates.js';
import { addPublicKey, publicKeysOf, removePublicKeys } from './public-keys.js';
import { runSsh } from './runner.js';
import { SshUpdateError } from './update-error.js';

const READ_TIMEOUT_MS = 60_000;
/** Ganeti: constants.SSHS_MASTER_SUFFIX. */
const NEW_MASTER_KEY = '_master_tmp';

/** Which keys are to be renewed, and how. */
export interface RenewalRequest {
  readonly nodes: readonly { readonly uuid: string; readonly name: string }[];
  readonly masterCandidateUuids: readonly string[];
  /** Names of the nodes that are or may become master candidates. */
  readonly candidates: readonly string[];
  readonly oldType: SshKeyType;
  readonly newType: SshKeyType;
  readonly newBits: number;
}

interface RenewedNode {
  readonly uuid: string;
  readonly name: string;
  readonly isCandidate: boolean;
  readonly isPotentialCandidate: boolean;
}

export type KeyRenewalParts = KeyFilesParts & { readonly clock: WallClock };

/**
 * Makes new keys for nodes and the old ones worthless: first for all others, then for the master itself, which must be
 * able to reach them all the time (Ganeti: backend.RenewSshKeys).
 *
 * @returns nodes that could not be changed
 * @throws SshUpdateError when a key is not known or cannot be made or fetched
 */
export async function renewKeys(
  parts: KeyRenewalParts,
  request: RenewalRequest,
): Promise<NodeErrors> {
  const masterName = parts.ssconf.masterNode();
  const masters = request.nodes.filter(({ name }) => name === masterName);
  const [master] = masters;
  if (master === undefined || masters.length > 1)
    throw new SshUpdateError(
      `No (unique) master UUID found. Master node name: '${masterName}', Master UUID: '${masters.map(({ uuid }) => uuid).join(', ')}'`,
    );
  const others = request.nodes
    .filter(({ name }) => name !== masterName)
    .map((node) => ({
      ...node,
      isCandidate: request.masterCandidateUuids.includes(node.uuid),
      isPotentialCandidate: request.candidates.includes(node.name),
    }));
  return [
    ...(await forgetOldKeys(parts, others, master.uuid, request)),
    ...(await renewOthers(parts, others, master.uuid, request)),
    ...(await renewMaster(parts, master, request)),
  ];
}

/**
 * The old keys of all master candidates, but those that are also the master's: without that, nobody could reach the
 * nodes any longer. Deviation: Ganeti means to keep the master's key whenever it is listed, but compares it wrongly.
 */
async function forgetOldKeys(
  parts: KeyRenewalParts,
  nodes: readonly RenewedNode[],
  masterUuid: string,
  { masterCandidateUuids, candidates, oldType }: RenewalRequest,
): Promise<NodeErrors> {
  const { publicKey } = keyPair(parts.sshDir, oldType);
  const masterKey = await readKey(publicKey);
  const removed: RemovedNode[] = [];
  for (const node of nodes) {
    await keysOf(parts, node.uuid, node.name);
    if (node.isCandidate && (await remoteKey(parts, node.name, publicKey)) !== masterKey)
      removed.push(withoutLogin(node));
  }
  if (removed.length === 0) return [];
  const keptKeys = await keysOf(parts, masterUuid, 'the master');
  return removeKeys(parts, removed, { masterCandidateUuids, candidates, keptKeys });
}

/** Deviation: each node also forgets its own old key, which in Ganeti goes on opening that node. */
async function renewOthers(
  parts: KeyRenewalParts,
  nodes: readonly RenewedNode[],
  masterUuid: string,
  { newType, newBits, candidates }: RenewalRequest,
): Promise<NodeErrors> {
  const { dataDir, sshDir } = parts;
  const keptKeys = await keysOf(parts, masterUuid, 'the master');
  const added: AddedNode[] = [];
  for (const node of nodes) {
    const oldKeys = await keysOf(parts, node.uuid, node.name);
    await sendUpdate(parts, node.name, {
      authorized_keys: ['remove', { [node.uuid]: without(oldKeys, keptKeys) }],
      generate: [newType, newBits, ''],
    });
    const key = await newRemoteKey(parts, node, keyPair(sshDir, newType).publicKey);
    if (node.isPotentialCandidate) {
      await removePublicKeys(dataDir, node.uuid);
      await addPublicKey(dataDir, node.uuid, key);
    }
    added.push({
      uuid: node.uuid,
      name: node.name,
      toAuthorizedKeys: node.isCandidate,
      toPublicKeys: node.isPotentialCandidate,
      getsPublicKeys: true,
    });
  }
  return added.length === 0 ? [] : addKeys(parts, added, candidates);
}

/** The old key is in use until all nodes let the new one in. */
async function renewMaster(
  parts: KeyRenewalParts,
  { uuid, name }: { readonly uuid: string; readonly name: string },
  { newType, newBits, masterCandidateUuids, candidates }: RenewalRequest,
): Promise<NodeErrors> {
  const { dataDir } = parts;
  const oldKeys = await keysOf(parts, uuid, name);
  await sendUpdate(parts, name, { generate: [newType, newBits, NEW_MASTER_KEY] });
  const newKeys = await newMasterKeys(parts);
  await removePublicKeys(dataDir, uuid);
  for (const key of newKeys) await addPublicKey(dataDir, uuid, key);
  const node = { uuid, name, toAuthorizedKeys: true, toPublicKeys: true, getsPublicKeys: false };
  const errors = await addKeys(parts, [node], candidates);
  await useNewMasterKeys(parts);
  await removeAuthorizedKeys(parts, oldKeys);
  const options = { masterCandidateUuids, candidates, keys: { [uuid]: oldKeys } };
  return [...errors, ...(await removeKeys(parts, [withoutLogin({ uuid, name })], options))];
}

async function keysOf(
  { dataDir }: KeyRenewalParts,
  uuid: string,
  name: string,
): Promise<readonly string[]> {
  const keys = (await publicKeysOf(dataDir, [uuid]))[uuid];
  if (keys === undefined)
    throw new SshUpdateError(
      `No public key of node ${name} (UUID ${uuid}) found, not generating a new key.`,
    );
  return keys;
}

async function newRemoteKey(
  parts: KeyRenewalParts,
  node: RenewedNode,
  path: string,
): Promise<string> {
  try {
    return await remoteKey(parts, node.name, path);
  } catch (error) {
    throw new SshUpdateError(`Could not fetch key of node ${node.name} (UUID ${node.uuid})`, {
      cause: error,
    });
  }
}

/** Ganeti: ssh.ReadRemoteSshPubKeys */
async function remoteKey(parts: KeyRenewalParts, node: string, path: string): Promise<string> {
  try {
    const command = `cat ${shellQuote(path)}`;
    const { stdout } = await runSsh(parts, node, command, { timeoutMs: READ_TIMEOUT_MS });
    return stdout.trim();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new SshUpdateError(
      `Could not fetch a public SSH key (${path}) from node '${node}': ${error.output}`,
      { cause: error },
    );
  }
}

async function newMasterKeys({ sshDir }: KeyRenewalParts): Promise<string[]> {
  const paths = SSH_KEY_TYPES.map((type) => keyPair(sshDir, type, NEW_MASTER_KEY));
  const keys = await Promise.all(paths.map(({ publicKey }) => readIfExists(publicKey)));
  const found = keys.filter((key) => key !== undefined);
  if (found.length === 0) throw new SshUpdateError('Cannot find any type of temporary SSH key.');
  return found;
}

/** Puts the new key in the place of all old ones, of which copies are kept. */
async function useNewMasterKeys({ sshDir, clock }: KeyRenewalParts): Promise<void> {
  for (const type of SSH_KEY_TYPES) {
    const [old, fresh] = [keyPair(sshDir, type), keyPair(sshDir, type, NEW_MASTER_KEY)];
    for (const half of ['publicKey', 'privateKey'] as const) {
      await backUp(old[half], clock);
      const isMoved = await renameIfExists(fresh[half], old[half]);
      if (!isMoved) await removeIfExists(old[half]);
    }
  }
}

function without(keys: readonly string[], kept: readonly string[]): string[] {
  return keys.filter((key) => !kept.includes(key));
}

function withoutLogin({ uuid, name }: { uuid: string; name: string }): RemovedNode {
  return {
    uuid,
    name,
    fromAuthorizedKeys: true,
    fromPublicKeys: false,
    clearsAuthorizedKeys: false,
    clearsPublicKeys: false,
  };
}

async function readKey(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new SshUpdateError(`Can't read the SSH key ${path}: ${errorReason(error)}`, {
      cause: error,
    });
  }
}
