import { MAX_SSCONF_BYTES } from '../../base/constants.js';
import { FollowedFile } from '../../system/file/cached-file.js';

/** Each line: the name of a node, and an address. */
const LINE = /^\S+ (\S+)$/;

/** The addresses from which nodes of the cluster call: those that the master has told, and this machine's own loopback. */
export class NodeAddresses {
  readonly #files: readonly FollowedFile<ReadonlySet<string>>[];

  /** @param paths of ssconf_node_primary_ips and ssconf_node_secondary_ips */
  constructor(paths: readonly string[]) {
    this.#files = paths.map((path) => new FollowedFile(path, MAX_SSCONF_BYTES, addressesIn));
  }

  readonly has = (address: string): boolean =>
    address === '::1' ||
    address.startsWith('127.') ||
    this.#files.some((file) => isIn(file, address));
}

function addressesIn(text = ''): ReadonlySet<string> {
  return new Set(text.split('\n').flatMap((line) => LINE.exec(line)?.[1] ?? []));
}

/** A file that can't be read makes nobody a caller or not: it only gives nobody a place of its own. */
function isIn(file: FollowedFile<ReadonlySet<string>>, address: string): boolean {
  try {
    return file.read().has(address);
  } catch {
    return false;
  }
}
