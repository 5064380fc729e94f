import { stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { CERTIFICATE_DAYS, RSA_KEY_BITS } from './base/constants.js';
import { ignoring } from './base/errno.js';
import type { Paths } from './config/config.js';
import { ganetiPaths } from './ganeti/paths.js';
import type { CommandRunner } from './system/command/command.js';
import { writeNewFile } from './system/file/changes.js';
import { makeDirectory } from './system/file/directories.js';
import { writeFileAtomically } from './system/file/files.js';
import { localAddresses } from './system/network/local-names.js';

/** Those who receive exports look for it (Ganeti: constants.X509_CERT_CN). */
const COMMON_NAME = 'ganeti.example.com';
const OPENSSL_TIMEOUT_MS = 60_000;

/**
 * Makes what a Ganeti installation would have brought: directories, the list of directories for disk images, and a certificate.
 * What is there already stays as it is.
 *
 * @param certificateFor the address where the daemon will listen; undefined: no certificate is needed
 */
export async function prepareStateDir(
  paths: Paths,
  { commands, certificateFor }: { commands: CommandRunner; certificateFor: string | undefined },
): Promise<void> {
  const { dataDir, confDir, osSearchPath, fileStorageDir } = paths;
  const { serverCertificate, fileStoragePaths } = ganetiPaths(paths);
  for (const directory of [dataDir, confDir, ...osSearchPath])
    await makeDirectory(directory, 0o750);
  if (fileStorageDir !== undefined) {
    await makeDirectory(fileStorageDir, 0o750);
    await ignoring(['EEXIST'], writeNewFile(fileStoragePaths, `${fileStorageDir}\n`, 0o644));
  }
  if (certificateFor !== undefined)
    await makeCertificate(serverCertificate, certificateFor, commands);
}

/** Key and certificate in one file, signed by itself, as `gnt-cluster init` makes it; clients find there whom they have reached. */
async function makeCertificate(path: string, host: string, commands: CommandRunner): Promise<void> {
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
      '-addext',
      `subjectAltName=${alternativeNames(host).join(',')}`,
      '-keyout',
      '-',
    ],
    { timeoutMs: OPENSSL_TIMEOUT_MS },
  );
  await writeFileAtomically(path, stdout, 0o400);
}

/** What callers may call a daemon that listens on `host`, as openssl takes it. */
function alternativeNames(host: string): string[] {
  const isName = isIP(host) === 0;
  const isEverywhere = host === '0.0.0.0' || host === '::';
  // Behind a percent sign is the interface of an address that is good on one link only.
  const addresses = isEverywhere ? localAddresses() : isName ? [] : [host.replace(/%.*/, '')];
  const names = isName ? [host] : [];
  return [
    ...new Set([
      ...[COMMON_NAME, hostname(), 'localhost', ...names].map((name) => `DNS:${name}`),
      ...['127.0.0.1', '::1', ...addresses].map((address) => `IP:${address}`),
    ]),
  ];
}
