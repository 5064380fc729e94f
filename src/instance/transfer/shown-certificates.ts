import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Logger } from 'winston';
import type { WallClock } from '../../base/clock.js';
import { makeCertificate } from '../../system/command/certificates.js';
import { commandReason, type CommandRunner } from '../../system/command/command.js';
import { writeNewFile } from '../../system/file/changes.js';
import type { StatusDirectory } from './status-directories.js';

const VERIFY_TIMEOUT_MS = 30_000;
/** RFC 5280: ub-common-name-length. */
const LONGEST_COMMON_NAME = 64;

export interface ShownCertificatesParts {
  readonly serverCertificate: string;
  /** What others may know this node by, the one that it calls itself first. */
  readonly ownNames: () => Promise<readonly string[]>;
  readonly commands: CommandRunner;
  readonly clock: WallClock;
  readonly logger: Logger;
}

/**
 * Makes the certificate that this node shows when it receives with the cluster's key.
 *
 * Deviation: Ganeti shows server.pem, whose only name is ganeti.example.com, while the helper of 3.1.0~rc2 expects the
 * name of the node at the other end. Here it is a certificate for the same key, signed by server.pem, which is what the
 * other end trusts, with each name that any version expects. Its file holds nothing secret.
 *
 * @param directory the transfer's, with which the certificate goes; its `caFile` must be there
 * @returns the file to show: server.pem itself if its certificate can't sign others, as one can't that says it is no
 *   authority. That does for every version but 3.1.0~rc2.
 */
export async function makeShownCertificate(
  parts: ShownCertificatesParts,
  directory: StatusDirectory,
): Promise<string> {
  try {
    const certificate = await sign(parts, directory);
    await writeNewFile(directory.certificateFile, certificate, 0o600);
    await verify(parts, directory);
    return directory.certificateFile;
  } catch (error) {
    const reason = commandReason(error);
    parts.logger.warn("can't make a certificate with this node's names for a transfer", {
      transfer: directory.name,
      reason,
    });
    return parts.serverCertificate;
  }
}

async function sign(parts: ShownCertificatesParts, { path }: StatusDirectory): Promise<string> {
  // Its dates are the issuer's: with later ones it would not be valid yet for a node whose clock is behind.
  const issuer = new X509Certificate(await readFile(parts.serverCertificate));
  const names = await parts.ownNames();
  const [own = ''] = names;
  const commonName = own.length > LONGEST_COMMON_NAME ? '' : `/CN=${own}`;
  return makeCertificate(
    path,
    {
      key: { file: parts.serverCertificate },
      issuerFile: parts.serverCertificate,
      // Not what the issuer is called, for then it would seem to sign itself.
      subject: `/O=chroot-noded${commonName}`,
      names,
      validFrom: new Date(issuer.validFrom),
      validTo: new Date(issuer.validTo),
      now: parts.clock.wallTime(),
    },
    parts.commands,
  );
}

/** As the other end will. */
async function verify(
  { commands }: ShownCertificatesParts,
  { caFile, certificateFile }: StatusDirectory,
): Promise<void> {
  const trust = ['-CAfile', caFile, '-no-CApath', '-no-CAstore'];
  await commands.run(['openssl', 'verify', '-purpose', 'sslserver', ...trust, certificateFile], {
    timeoutMs: VERIFY_TIMEOUT_MS,
  });
}
