import type { AuthorizedKeys } from './authorized-keys.js';
import type { KeyUpdate, NodeErrors, NodeUpdates } from './node-updates.js';
import type { KeysByNode, PublicKeys } from './public-keys.js';
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

export interface KeyAdderParts {
  readonly authorizedKeys: AuthorizedKeys;
  readonly publicKeys: PublicKeys;
  readonly updates: NodeUpdates;
}

/** Makes keys of nodes known to all nodes; for the master (Ganeti: backend.AddNodeSshKeyBulk). */
export class KeyAdder {
  readonly #parts: KeyAdderParts;

  constructor(parts: KeyAdderParts) {
    this.#parts = parts;
  }

  /**
   * @param candidates names of the nodes that are or may become master candidates: only these keep the public keys
   * @returns nodes that could not be changed
   * @throws SshUpdateError when a key is not known, or its own node cannot be changed
   */
  async add(nodes: readonly AddedNode[], candidates: readonly string[]): Promise<NodeErrors> {
    for (const node of nodes.filter(({ toPublicKeys }) => toPublicKeys)) await this.#identify(node);
    await this.#letInHere(nodes);
    for (const node of nodes.filter(({ getsPublicKeys }) => getsPublicKeys))
      await this.#sendPublicKeys(node);
    return this.#letInElsewhere(nodes, candidates);
  }

  /** A node that has just joined is listed by its name, which is replaced. */
  async #identify({ uuid, name }: AddedNode): Promise<void> {
    const known = await this.#parts.publicKeys.of([uuid, name]);
    if (Object.keys(known).length === 0)
      throw new SshUpdateError(
        `No keys found for the new node '${name}' (UUID ${uuid}) in the list of public SSH keys, neither for the name or the UUID`,
      );
    if (name in known) await this.#parts.publicKeys.rename(name, uuid);
  }

  async #letInHere(nodes: readonly AddedNode[]): Promise<void> {
    const letIn = nodes.filter(({ toAuthorizedKeys }) => toAuthorizedKeys);
    const keys = await this.#keysOf(letIn);
    for (const { uuid, name } of letIn)
      if (!(uuid in keys))
        throw new SshUpdateError(
          `No keys found for the node '${name}' (UUID ${uuid}) in the list of public SSH keys`,
        );
    if (letIn.length > 0) await this.#parts.authorizedKeys.add(Object.values(keys).flat());
  }

  async #sendPublicKeys({ uuid, name, toPublicKeys }: AddedNode): Promise<void> {
    try {
      const all = await this.#parts.publicKeys.all();
      await this.#parts.updates.sendRepeatedly(name, { public_keys: ['override', all] });
    } catch (error) {
      if (error instanceof SshUpdateError && toPublicKeys)
        await this.#parts.publicKeys.remove(uuid);
      throw error;
    }
  }

  /** Deviation: Ganeti gives up at the first node that is no candidate and cannot be changed. */
  async #letInElsewhere(
    nodes: readonly AddedNode[],
    candidates: readonly string[],
  ): Promise<NodeErrors> {
    const letIn = nodes.filter(({ toAuthorizedKeys }) => toAuthorizedKeys);
    const listed = nodes.filter(({ toPublicKeys }) => toPublicKeys);
    const forAll: KeyUpdate =
      letIn.length > 0 ? { authorized_keys: ['add', await this.#keysOf(letIn)] } : {};
    const forCandidates: KeyUpdate =
      listed.length > 0
        ? { ...forAll, public_keys: ['replace_or_add', await this.#keysOf(listed)] }
        : forAll;
    const names = nodes.map(({ name }) => name).join(', ');
    return this.#parts.updates.sendToOthers(
      (node) => unlessEmpty(candidates.includes(node) ? forCandidates : forAll),
      (node, { message }) =>
        `When adding the key of node '${names}', updating SSH key files of node '${node}' failed. Not trying again. Last error was: ${message}.`,
    );
  }

  async #keysOf(nodes: readonly AddedNode[]): Promise<KeysByNode> {
    return nodes.length === 0 ? {} : this.#parts.publicKeys.of(nodes.map(({ uuid }) => uuid));
  }
}

function unlessEmpty(update: KeyUpdate): KeyUpdate | undefined {
  return Object.keys(update).length === 0 ? undefined : update;
}
