import { readFile } from 'node:fs/promises';
import type { WallClock } from '../../base/clock.js';
import { errorReason } from '../../base/errno.js';
import type { SshKeyType } from '../../generated/objects.js';
import { CommandError } from '../../system/command/command.js';
import { renameIfExists } from '../../system/file/changes.js';
import { readIfExists, removeIfExists } from '../../system/file/files.js';
import { backUp } from '../files/backup.js';
import type { Ssconf } from '../files/ssconf-reader.js';
import type { AuthorizedKeys } from './authorized-keys.js';
import { SSH_KEY_TYPES, type SshFiles } from './files.js';
import type { AddedNode, KeyAdder } from './key-adder.js';
import type { KeyRemover, RemovedNode } from './key-remover.js';
import type { NodeErrors, NodeUpdates } from './node-updates.js';
import type { PublicKeys } from './public-keys.js';
import { shellQuoted, type SshRunner } from './runner.js';
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

export interface KeyRenewalParts {
  readonly files: SshFiles;
  readonly authorizedKeys: AuthorizedKeys;
  readonly publicKeys: PublicKeys;
  readonly adder: Pick<KeyAdder, 'add'>;
  readonly remover: Pick<KeyRemover, 'remove'>;
  readonly updates: Pick<NodeUpdates, 'send'>;
  readonly ssh: Pick<SshRunner, 'run'>;
  readonly ssconf: Pick<Ssconf, 'masterNode'>;
  readonly clock: WallClock;
}

/**
 * Makes new keys for nodes and the old ones worthless: first for all others, then for the master itself, which must be
 * able to reach them all the time (Ganeti: backend.RenewSshKeys).
 */
export class KeyRenewal {
  readonly #parts: KeyRenewalParts;

  constructor(parts: KeyRenewalParts) {
    this.#parts = parts;
  }

  /**
   * @returns nodes that could not be changed
   * @throws SshUpdateError when a key is not known or cannot be made or fetched
   */
  async renew(request: RenewalRequest): Promise<NodeErrors> {
    const masterName = this.#parts.ssconf.masterNode();
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
      ...(await this.#forgetOldKeys(others, master.uuid, request)),
      ...(await this.#renewOthers(others, master.uuid, request)),
      ...(await this.#renewMaster(master, request)),
    ];
  }

  /**
   * The old keys of all master candidates, but those that are also the master's: without that, nobody could reach the
   * nodes any longer. Deviation: Ganeti means to keep the master's key whenever it is listed, but compares it wrongly.
   */
  async #forgetOldKeys(
    nodes: readonly RenewedNode[],
    masterUuid: string,
    { masterCandidateUuids, candidates, oldType }: RenewalRequest,
  ): Promise<NodeErrors> {
    const { publicKey } = this.#parts.files.keyPair(oldType);
    const masterKey = await readKey(publicKey);
    const removed: RemovedNode[] = [];
    for (const node of nodes) {
      await this.#keysOf(node.uuid, node.name);
      if (node.isCandidate && (await this.#remoteKey(node.name, publicKey)) !== masterKey)
        removed.push(withoutLogin(node));
    }
    if (removed.length === 0) return [];
    const keptKeys = await this.#keysOf(masterUuid, 'the master');
    return this.#parts.remover.remove(removed, { masterCandidateUuids, candidates, keptKeys });
  }

  /** Deviation: each node also forgets its own old key, which in Ganeti goes on opening that node. */
  async #renewOthers(
    nodes: readonly RenewedNode[],
    masterUuid: string,
    { newType, newBits, candidates }: RenewalRequest,
  ): Promise<NodeErrors> {
    const { files, publicKeys, updates, adder } = this.#parts;
    const keptKeys = await this.#keysOf(masterUuid, 'the master');
    const added: AddedNode[] = [];
    for (const node of nodes) {
      const oldKeys = await this.#keysOf(node.uuid, node.name);
      await updates.send(node.name, {
        authorized_keys: ['remove', { [node.uuid]: without(oldKeys, keptKeys) }],
        generate: [newType, newBits, ''],
      });
      const key = await this.#newRemoteKey(node, files.keyPair(newType).publicKey);
      if (node.isPotentialCandidate) {
        await publicKeys.remove(node.uuid);
        await publicKeys.add(node.uuid, key);
      }
      added.push({
        uuid: node.uuid,
        name: node.name,
        toAuthorizedKeys: node.isCandidate,
        toPublicKeys: node.isPotentialCandidate,
        getsPublicKeys: true,
      });
    }
    return added.length === 0 ? [] : adder.add(added, candidates);
  }

  /** The old key is in use until all nodes let the new one in. */
  async #renewMaster(
    { uuid, name }: { readonly uuid: string; readonly name: string },
    { newType, newBits, masterCandidateUuids, candidates }: RenewalRequest,
  ): Promise<NodeErrors> {
    const { authorizedKeys, publicKeys, updates, adder, remover } = this.#parts;
    const oldKeys = await this.#keysOf(uuid, name);
    await updates.send(name, { generate: [newType, newBits, NEW_MASTER_KEY] });
    const newKeys = await this.#newMasterKeys();
    await publicKeys.remove(uuid);
    for (const key of newKeys) await publicKeys.add(uuid, key);
    const node = { uuid, name, toAuthorizedKeys: true, toPublicKeys: true, getsPublicKeys: false };
    const errors = await adder.add([node], candidates);
    await this.#useNewMasterKeys();
    await authorizedKeys.remove(oldKeys);
    const options = { masterCandidateUuids, candidates, keys: { [uuid]: oldKeys } };
    return [...errors, ...(await remover.remove([withoutLogin({ uuid, name })], options))];
  }

  async #keysOf(uuid: string, name: string): Promise<readonly string[]> {
    const keys = (await this.#parts.publicKeys.of([uuid]))[uuid];
    if (keys === undefined)
      throw new SshUpdateError(
        `No public key of node ${name} (UUID ${uuid}) found, not generating a new key.`,
      );
    return keys;
  }

  async #newRemoteKey(node: RenewedNode, path: string): Promise<string> {
    try {
      return await this.#remoteKey(node.name, path);
    } catch (error) {
      throw new SshUpdateError(`Could not fetch key of node ${node.name} (UUID ${node.uuid})`, {
        cause: error,
      });
    }
  }

  /** Ganeti: ssh.ReadRemoteSshPubKeys */
  async #remoteKey(node: string, path: string): Promise<string> {
    try {
      const command = `cat ${shellQuoted(path)}`;
      const { stdout } = await this.#parts.ssh.run(node, command, { timeoutMs: READ_TIMEOUT_MS });
      return stdout.trim();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new SshUpdateError(
        `Could not fetch a public SSH key (${path}) from node '${node}': ${error.output}`,
        { cause: error },
      );
    }
  }

  async #newMasterKeys(): Promise<string[]> {
    const paths = SSH_KEY_TYPES.map((type) => this.#parts.files.keyPair(type, NEW_MASTER_KEY));
    const keys = await Promise.all(paths.map(({ publicKey }) => readIfExists(publicKey)));
    const found = keys.filter((key) => key !== undefined);
    if (found.length === 0) throw new SshUpdateError('Cannot find any type of temporary SSH key.');
    return found;
  }

  /** Puts the new key in the place of all old ones, of which copies are kept. */
  async #useNewMasterKeys(): Promise<void> {
    for (const type of SSH_KEY_TYPES) {
      const [old, fresh] = [
        this.#parts.files.keyPair(type),
        this.#parts.files.keyPair(type, NEW_MASTER_KEY),
      ];
      for (const half of ['publicKey', 'privateKey'] as const) {
        await backUp(old[half], this.#parts.clock);
        const isMoved = await renameIfExists(fresh[half], old[half]);
        if (!isMoved) await removeIfExists(old[half]);
      }
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
