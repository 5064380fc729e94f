import { stat } from 'node:fs/promises';
import { CERTIFICATE_DAYS, RSA_KEY_BITS } from './base/constants.js';
import { ignoring } from './base/errno.js';
import type { Paths } from './config/config.js';
import { ganetiPaths } from './ganeti/paths.js';
import type { CommandRunner } from './system/command/command.js';
import { writeNewFile } from './system/file/changes.js';
import { makeDirectory } from './system/file/directories.js';
import { writeFileAtomically } from './system/file/files.js';

/** Those who receive exports look for it (Ganeti: constants.X509_CERT_CN). */
const COMMON_NAME = 'ganeti.example.com';
const OPENSSL_TIMEOUT_MS = 60_000;

/**
 * Makes what a Ganeti installation would have brought: directories, the list of directories for disk images, and a certificate.
 * What is there already stays as it is.
 */
export async function prepareStateDir(
  paths: Paths,
  { commands, hasSsl }: { commands: CommandRunner; hasSsl: boolean },
): Promise<void> {
  const { dataDir, confDir, osSearchPath, fileStorageDir } = paths;
  const { serverCertificate, fileStoragePaths } = ganetiPaths(paths);
  for (const directory of [dataDir, confDir, ...osSearchPath])
    await makeDirectory(directory, 0o750);
  if (fileStorageDir !== undefined) {
    await makeDirectory(fileStorageDir, 0o750);
    await ignoring(['EEXIST'], writeNewFile(fileStoragePaths, `${fileStorageDir}\n`, 0o644));
  }
  if (hasSsl) await makeCertificate(serverCertificate, commands);
}

/** Key and certificate in one file, signed by itself, as `gnt-cluster init` makes it. */
async function makeCertificate(path: string, commands: CommandRunner): Promise<void> {
  if ((await ignoring(['ENOENT'], stat(path))) !== undefined) return;
  const request = ['req', '-x509', '-newkey', `rsa:${RSA_KEY_BITS}`, '-nodes', '-sha256'];
  const { stdout } = await commands.run(
    [
      'openssl',
      ...request,
      '-days',
      String(CERTIFICATE_DAYS),
      '-subj',
      `/CN=${COMMON_NAME}`,
      '-keyout',
      '-',
    ],
    { timeoutMs: OPENSSL_TIMEOUT_MS },
  );
  await writeFileAtomically(path, stdout, 0o400);
}
