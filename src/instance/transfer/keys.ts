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

/** Finds keys and certificates: the cluster's own, or one that was made for this transfer. */
export class TransferKeyFiles {
  readonly #clusterFile: string;
  readonly #directory: string;

  /** @param parts Ganeti: pathutils.NODED_CERT_FILE, CRYPTO_KEYS_DIR */
  constructor({ clusterFile, directory }: { clusterFile: string; directory: string }) {
    this.#clusterFile = clusterFile;
    this.#directory = directory;
  }

  /** @throws RpcFailure when a file is missing, or the options do not fit together */
  async find({ key_name: name, ca_pem: ca }: ImportExportOptions): Promise<TransferKeys> {
    if ((name == null) !== (ca == null))
      throw new RpcFailure('Cluster certificate can only be used for both key and CA');
    if (name == null || ca == null) return this.#cluster();
    if (/[/\0]|^\.{0,2}$/.test(name)) throw new RpcFailure(`'${name}' is no name of a key`);
    const keyFile = join(this.#directory, name, 'key');
    const certificateFile = join(this.#directory, name, 'cert');
    await checkExists(keyFile);
    await checkExists(certificateFile);
    return { keyFile, certificateFile, ca, areClusters: false };
  }

  /** Deviation: Ganeti copies the file as it is, with the key of the cluster in it. */
  async #cluster(): Promise<TransferKeys> {
    const file = this.#clusterFile;
    await checkExists(file);
    const certificates = (await readFile(file, 'latin1')).match(CERTIFICATES) ?? [];
    const ca = certificates.join('');
    return { keyFile: file, certificateFile: file, ca, areClusters: true };
  }
}

async function checkExists(file: string): Promise<void> {
  if ((await ignoring(['ENOENT', 'ENOTDIR'], stat(file))) === undefined)
    throw new RpcFailure(`File '${file}' does not exist`);
}
