import { join } from 'node:path';
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
 * The file with the public SSH keys of all nodes that are or may become master candidates: a line `<node> <key>` for each.
 *
 * Ganeti: ssh._ManipulatePubKeyFile and its users
 */
export function publicKeysFile(dataDir: string): string {
  return join(dataDir, 'ganeti_pub_keys');
}

/** @throws SshUpdateError when there is no such file, or it is not of that form */
export async function allPublicKeys(dataDir: string): Promise<KeysByNode> {
  const entries = await readEntries(dataDir);
  if (entries === undefined)
    throw new SshUpdateError(`The public key file '${publicKeysFile(dataDir)}' does not exist`);
  const keys = new Map<string, string[]>();
  for (const { node, key } of entries) keys.set(node, [...(keys.get(node) ?? []), key]);
  return Object.fromEntries(keys);
}

/** The keys of these nodes, without those that have none (Ganeti: ssh.QueryPubKeyFile). */
export async function publicKeysOf(dataDir: string, nodes: readonly string[]): Promise<KeysByNode> {
  const all = await allPublicKeys(dataDir);
  return Object.fromEntries(Object.entries(all).filter(([node]) => nodes.includes(node)));
}

/** Ganeti: ssh.AddPublicKey */
export async function addPublicKey(dataDir: string, node: string, key: string): Promise<void> {
  const text = key.trim();
  await changeEntries(dataDir, (entries) => {
    const isThere = entries.some((entry) => entry.node === node && entry.key === text);
    return isThere ? entries : [...entries, { node, key: text }];
  });
}

/** Removes all keys of a node (Ganeti: ssh.RemovePublicKey). */
export async function removePublicKeys(dataDir: string, node: string): Promise<void> {
  await changeEntries(dataDir, (entries) => entries.filter((entry) => entry.node !== node));
}

/** Puts the UUID in the place of the name (Ganeti: ssh.ReplaceNameByUuid). */
export async function renamePublicKeys(dataDir: string, name: string, uuid: string): Promise<void> {
  await changeEntries(dataDir, (entries) =>
    entries.map(({ node, key }) => ({ node: node === name ? uuid : node, key })),
  );
}

async function changeEntries(
  dataDir: string,
  change: (entries: readonly Entry[]) => readonly Entry[],
): Promise<void> {
  const entries = (await readEntries(dataDir)) ?? [];
  const text = change(entries).map(({ node, key }) => `${node} ${key}\n`);
  await writeFileAtomically(publicKeysFile(dataDir), text.join(''));
}

async function readEntries(dataDir: string): Promise<Entry[] | undefined> {
  const text = await readText(publicKeysFile(dataDir));
  return text
    ?.split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseLine);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readIfExists(path);
  } catch (error) {
    throw new SshUpdateError(`Can't read the public key file '${path}': ${errorReason(error)}`, {
      cause: error,
    });
  }
}

function parseLine(line: string): Entry {
  const [, node, key] = /^(\S+) (.*\S)\s*$/.exec(line) ?? [];
  if (node === undefined || key === undefined)
    throw new SshUpdateError(`Error parsing public SSH key file. Line: '${line}'`);
  return { node, key };
}
