import { join } from 'node:path';
import type { SshKeyType } from '../../generated/objects.js';

/** Ganeti: constants.SSHK_ALL. */
export const SSH_KEY_TYPES: readonly SshKeyType[] = ['dsa', 'ecdsa', 'rsa'];

/** Where the two halves of a key are. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Where root's SSH files are (Ganeti: ssh.GetAllUserFiles). */
export class SshFiles {
  readonly authorizedKeys: string;
  readonly #directory: string;

  /** @param directory root's .ssh */
  constructor({ directory }: { directory: string }) {
    this.#directory = directory;
    this.authorizedKeys = join(directory, 'authorized_keys');
  }

  /** @param suffix added to the names of a key that is not in use yet */
  keyPair(type: SshKeyType, suffix = ''): KeyPair {
    const privateKey = join(this.#directory, `id_${type}${suffix}`);
    return { privateKey, publicKey: `${privateKey}.pub` };
  }
}
