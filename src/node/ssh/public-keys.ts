import { errorReason } from '../../base/errno.js';
import { readIfExists, writeFileAtomically } from '../../system/file/files.js';
import { SshUpdateError } from './update-error.js';

/** Keys by the UUID of their node, or by its name while its UUID is not known yet. */
export type KeysByNode = Readonly<Record<string, readonly string[]>>;

interface Entry {
  readonly node: string;
  readonly key: string;
}

/**
 * The public SSH keys of all nodes that are or may become master candidates: a line `<node> <key>` for each.
 *
 * Ganeti: ssh._ManipulatePubKeyFile and its users
 */
export class PublicKeys {
  readonly path: string;

  /** @param path ganeti_pub_keys */
  constructor(path: string) {
    this.path = path;
  }

  /** @throws SshUpdateError when there is no such file, or it is not of that form */
  async all(): Promise<KeysByNode> {
    const entries = await this.#read();
    if (entries === undefined)
      throw new SshUpdateError(`The public key file '${this.path}' does not exist`);
    const keys = new Map<string, string[]>();
    for (const { node, key } of entries) keys.set(node, [...(keys.get(node) ?? []), key]);
    return Object.fromEntries(keys);
  }

  /** The keys of these nodes, without those that have none (Ganeti: ssh.QueryPubKeyFile). */
  async of(nodes: readonly string[]): Promise<KeysByNode> {
    const all = await this.all();
    return Object.fromEntries(Object.entries(all).filter(([node]) => nodes.includes(node)));
  }

  /** Ganeti: ssh.AddPublicKey */
  async add(node: string, key: string): Promise<void> {
    const text = key.trim();
    await this.#change((entries) => {
      const isThere = entries.some((entry) => entry.node === node && entry.key === text);
      return isThere ? entries : [...entries, { node, key: text }];
    });
  }

  /** Removes all keys of a node (Ganeti: ssh.RemovePublicKey). */
  async remove(node: string): Promise<void> {
    await this.#change((entries) => entries.filter((entry) => entry.node !== node));
  }

  /** Puts the UUID in the place of the name (Ganeti: ssh.ReplaceNameByUuid). */
  async rename(name: string, uuid: string): Promise<void> {
    await this.#change((entries) =>
      entries.map(({ node, key }) => ({ node: node === name ? uuid : node, key })),
    );
  }

  async #change(change: (entries: readonly Entry[]) => readonly Entry[]): Promise<void> {
    const entries = (await this.#read()) ?? [];
    const text = change(entries).map(({ node, key }) => `${node} ${key}\n`);
    await writeFileAtomically(this.path, text.join(''));
  }

  async #read(): Promise<Entry[] | undefined> {
    const text = await this.#readText();
    return text
      ?.split('\n')
      .filter((line) => line.trim() !== '')
      .map(parseLine);
  }

  async #readText(): Promise<string | undefined> {
    try {
      return await readIfExists(this.path);
    } catch (error) {
      throw new SshUpdateError(
        `Can't read the public key file '${this.path}': ${errorReason(error)}`,
        { cause: error },
      );
    }
  }
}

function parseLine(line: string): Entry {
  const [, node, key] = /^(\S+) (.*\S)\s*$/.exec(line) ?? [];
  if (node === undefined || key === undefined)
    throw new SshUpdateError(`Error parsing public SSH key file. Line: '${line}'`);
  return { node, key };
}
