import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import type { ImportExportOptions } from '../../generated/objects.js';

const CERTIFICATES = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?/gs;

/** What both sides of a transfer know each other by. */
export interface TransferKeys {
  readonly keyFile: string;
  readonly certificateFile: string;
  /** PEM. */
  readonly ca: string;
  /** Whether they are the cluster's, not of one transfer. */
  readonly areClusters: boolean;
}

export interface TransferKeysParts {
  readonly serverCertificate: string;
  readonly cryptoKeysDir: string;
}

/**
 * Finds keys and certificates: the cluster's own, or one that was made for this transfer.
 *
 * @throws RpcFailure when a file is missing, or the options do not fit together
 */
export async function transferKeys(
  parts: TransferKeysParts,
  { key_name: name, ca_pem: ca }: ImportExportOptions,
): Promise<TransferKeys> {
  if ((name == null) !== (ca == null))
    throw new RpcFailure('Cluster certificate can only be used for both key and CA');
  if (name == null || ca == null) return clusterKeys(parts.serverCertificate);
  if (/[/\0]|^\.{0,2}$/.test(name)) throw new RpcFailure(`'${name}' is no name of a key`);
  const keyFile = join(parts.cryptoKeysDir, name, 'key');
  const certificateFile = join(parts.cryptoKeysDir, name, 'cert');
  await checkExists(keyFile);
  await checkExists(certificateFile);
  return { keyFile, certificateFile, ca, areClusters: false };
}

/** Deviation: Ganeti copies the file as it is, with the key of the cluster in it. */
async function clusterKeys(file: string): Promise<TransferKeys> {
  await checkExists(file);
  const certificates = (await readFile(file, 'latin1')).match(CERTIFICATES) ?? [];
  const ca = certificates.join('');
  return { keyFile: file, certificateFile: file, ca, areClusters: true };
}

async function checkExists(file: string): Promise<void> {
  if ((await ignoring(['ENOENT', 'ENOTDIR'], stat(file))) === undefined)
    throw new RpcFailure(`File '${file}' does not exist`);
}
