import { join } from 'node:path';
import type { SshKeyType } from '../../generated/objects.js';

/** Ganeti: constants.SSHK_ALL. */
export const SSH_KEY_TYPES: readonly SshKeyType[] = ['dsa', 'ecdsa', 'rsa'];

/** Where the two halves of a key are. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/**
 * Where a key of root's is (Ganeti: ssh.GetAllUserFiles).
 *
 * @param sshDir root's .ssh
 * @param suffix added to the names of a key that is not in use yet
 */
export function keyPair(sshDir: string, type: SshKeyType, suffix = ''): KeyPair {
  const privateKey = join(sshDir, `id_${type}${suffix}`);
  return { privateKey, publicKey: `${privateKey}.pub` };
}
