import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { errorCode, errorReason } from '../../base/errno.js';
import { messageOf } from '../../base/errors.js';
import { MS_PER_DAY } from '../../base/units.js';
import type { Paths } from '../../config/config.js';
import { certificateIn, checkKeyAndCertificate } from '../../system/file/pem.js';
import type { Machine } from '../../system/kernel/machine.js';
import { type Finding, missing, ok, warning } from '../finding.js';

/** Ganeti: constants.SSL_CERT_EXPIRATION_WARN. */
const WARN_DAYS = 30;

/** The files, and what to do about each when it is too old. */
const FILES = {
  'server.pem':
    'gnt-cluster renew-crypto --new-cluster-certificate; below --state-dir remove the file and start the daemon again',
  'client.pem': 'gnt-cluster renew-crypto --new-node-certificates',
} as const;

/** @param makesOwn whether the daemon makes the certificate that is missing */
export async function checkCertificates(
  machine: Machine,
  { dataDir }: Paths,
  makesOwn: boolean,
): Promise<Finding[]> {
  const server = await readCertificate(machine, dataDir, 'server.pem');
  const client = await readCertificate(machine, dataDir, 'client.pem');
  return [
    checkFile(server, machine.wallTime()) ??
      (makesOwn
        ? ok('server.pem', 'is made when the daemon starts')
        : missing(
            'server.pem',
            `there is none in ${dataDir}`,
            'make a cluster (gnt-cluster init), or add this node to one',
          )),
    checkSigner(client, server) ??
      checkFile(client, machine.wallTime()) ??
      ok('client.pem', 'there is none: it comes with a cluster'),
  ];
}

/** A file, and the certificate in it: undefined when there is no such file, an error when it can't be used. */
interface CertificateFile {
  readonly name: keyof typeof FILES;
  readonly path: string;
  readonly certificate: X509Certificate | Error | undefined;
}

async function readCertificate(
  machine: Machine,
  directory: string,
  name: keyof typeof FILES,
): Promise<CertificateFile> {
  const path = join(directory, name);
  try {
    const text = await machine.readFile(path);
    if (text === undefined) return { name, path, certificate: undefined };
    checkKeyAndCertificate({ path, text }, { path, text });
    return { name, path, certificate: certificateIn({ path, text }) };
  } catch (error) {
    const isUnread = errorCode(error) !== undefined;
    const problem = isUnread ? `${path} can't be read: ${errorReason(error)}` : messageOf(error);
    return { name, path, certificate: new Error(problem) };
  }
}

/** Undefined when there is no such file. */
function checkFile({ name, path, certificate }: CertificateFile, now: Date): Finding | undefined {
  if (certificate === undefined) return undefined;
  return certificate instanceof Error
    ? missing(name, certificate.message, FILES[name])
    : checkDates(name, path, certificate, now);
}

/** Ganeti goes by the digest alone; this daemon also asks who signed (rpc/peers/peer-rule.ts). Undefined when that is in order. */
function checkSigner(client: CertificateFile, server: CertificateFile): Finding | undefined {
  const [own, authority] = [client.certificate, server.certificate];
  if (!(own instanceof X509Certificate) || !(authority instanceof X509Certificate))
    return undefined;
  if (own.verify(authority.publicKey) || own.verify(own.publicKey)) return undefined;
  return missing(
    client.name,
    `${client.path} is signed neither by server.pem nor by itself: other nodes refuse the calls of this one`,
    FILES[client.name],
  );
}

function checkDates(
  name: keyof typeof FILES,
  path: string,
  { validFrom, validTo }: X509Certificate,
  now: Date,
): Finding {
  const days = Math.floor((Date.parse(validTo) - now.getTime()) / MS_PER_DAY);
  if (Date.parse(validFrom) > now.getTime())
    return missing(name, `${path} is valid from ${validFrom} on`, 'set the clock of this machine');
  if (days < 0) return missing(name, `${path} has expired on ${validTo}`, FILES[name]);
  const left = `${path} is valid for ${days} days more`;
  return days < WARN_DAYS ? warning(name, left, FILES[name]) : ok(name, left);
}
