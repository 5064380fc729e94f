import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WallClock } from '../../base/clock.js';
import { RSA_KEY_BITS } from '../../base/constants.js';
import { errorReason, ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import { timestampForFileName } from '../../base/file-name-time.js';
import { MS_PER_SECOND } from '../../base/units.js';
import { makeCertificate } from '../../system/command/certificates.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import { setMode, writeNewFile } from '../../system/file/changes.js';
import {
  makeDirectory,
  makeTemporaryDirectory,
  removeDirectory,
  removeTree,
} from '../../system/file/directories.js';
import { removeIfExists } from '../../system/file/files.js';
import type { NetworkDoor } from '../../system/network/network.js';

/** Ganeti: backend._MAX_SSL_CERT_VALIDITY */
const LONGEST_VALIDITY_SECONDS = 7 * 24 * 3600;

/** Ganeti: backend._X509_KEY_FILE, _X509_CERT_FILE */
const KEY_FILE = 'key';
const CERTIFICATE_FILE = 'cert';

const NAME_PATTERN = /^x509-[A-Za-z0-9_-]+$/;

/** Certificates for moving disks from node to node. Each is good for one transfer; its key never leaves the node. */
export interface X509CertificatesParts {
  readonly cryptoKeysDir: string;
  readonly network: Pick<NetworkDoor, 'hostname'>;
  /** What others may know this node by. */
  readonly ownNames: () => Promise<readonly string[]>;
  readonly commands: CommandRunner;
  readonly clock: WallClock;
}

/**
 * Makes a key and a certificate that it signs itself (Ganeti: backend.CreateX509Certificate).
 *
 * Deviation: Ganeti's has no name but the host's, while its own helper of 3.0 expects ganeti.example.com, and that of
 * 3.1 what the node's address leads to in reverse. Here it has all of them.
 *
 * @returns the name by which the other calls know it, and the certificate in PEM
 * @throws RpcFailure
 */
export async function createX509Certificate(
  parts: X509CertificatesParts,
  validitySeconds: number,
): Promise<[name: string, certificate: string]> {
  const now = parts.clock.wallTime();
  const directory = await makeDirectoryFor(parts, now);
  try {
    const seconds = Math.min(validitySeconds, LONGEST_VALIDITY_SECONDS);
    const certificate = await generate(parts, directory, now, seconds);
    await setMode(join(directory, KEY_FILE), 0o400);
    await writeNewFile(join(directory, CERTIFICATE_FILE), certificate, 0o400);
    return [directory.slice(parts.cryptoKeysDir.length + 1), certificate];
  } catch (error) {
    await removeTree(directory);
    if (!(error instanceof CommandError)) throw error;
    throw new RpcFailure(`Can't create certificate: ${error.output}`, { cause: error });
  }
}

/** Removes key and certificate (Ganeti: backend.RemoveX509Certificate). */
export async function removeX509Certificate(
  { cryptoKeysDir }: X509CertificatesParts,
  name: string,
): Promise<void> {
  if (!NAME_PATTERN.test(name)) throw new RpcFailure(`Invalid certificate name '${name}'`);
  const directory = join(cryptoKeysDir, name);
  try {
    const stats = await ignoring(['ENOENT'], lstat(directory));
    if (stats?.isDirectory() === true)
      for (const file of [KEY_FILE, CERTIFICATE_FILE]) await removeIfExists(join(directory, file));
    await removeDirectory(directory);
  } catch (error) {
    throw new RpcFailure(
      `Cannot remove certificate directory '${directory}': ${errorReason(error)}`,
      { cause: error },
    );
  }
}

async function makeDirectoryFor(
  { cryptoKeysDir }: X509CertificatesParts,
  now: Date,
): Promise<string> {
  await makeDirectory(cryptoKeysDir, 0o700);
  return makeTemporaryDirectory(join(cryptoKeysDir, `x509-${timestampForFileName(now)}-`));
}

async function generate(
  { network, ownNames, commands }: X509CertificatesParts,
  directory: string,
  now: Date,
  validitySeconds: number,
): Promise<string> {
  return makeCertificate(
    directory,
    {
      key: { file: join(directory, KEY_FILE), newBits: RSA_KEY_BITS },
      issuerFile: undefined,
      subject: `/CN=${network.hostname()}`,
      names: await ownNames(),
      validFrom: now,
      validTo: new Date(now.getTime() + validitySeconds * MS_PER_SECOND),
      now,
    },
    commands,
  );
}
