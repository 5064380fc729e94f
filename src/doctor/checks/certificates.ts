import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Paths } from '../../config/config.js';
import { errorReason } from '../../system/files.js';
import type { Machine } from '../../system/machine.js';
import { missing, ok, warning, type Finding } from '../finding.js';

const DAY_MS = 86_400_000;
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
  return [
    (await checkFile(machine, dataDir, 'server.pem')) ??
      (makesOwn
        ? ok('server.pem', 'is made when the daemon starts')
        : missing(
            'server.pem',
            `there is none in ${dataDir}`,
            'make a cluster (gnt-cluster init), or add this node to one',
          )),
    (await checkFile(machine, dataDir, 'client.pem')) ??
      ok('client.pem', 'there is none: it comes with a cluster'),
  ];
}

/** Undefined when there is no such file. */
async function checkFile(
  machine: Machine,
  folder: string,
  name: keyof typeof FILES,
): Promise<Finding | undefined> {
  const path = join(folder, name);
  try {
    const text = await machine.readFile(path);
    return text === undefined
      ? undefined
      : checkDates(name, path, new X509Certificate(text), machine.now());
  } catch (error) {
    return missing(name, `${path} can't be read: ${errorReason(error)}`, FILES[name]);
  }
}

function checkDates(
  name: keyof typeof FILES,
  path: string,
  { validFrom, validTo }: X509Certificate,
  now: number,
): Finding {
  const days = Math.floor((Date.parse(validTo) - now) / DAY_MS);
  if (Date.parse(validFrom) > now)
    return missing(name, `${path} is valid from ${validFrom} on`, 'set the clock of this machine');
  if (days < 0) return missing(name, `${path} has expired on ${validTo}`, FILES[name]);
  const left = `${path} is valid for ${days} days more`;
  return days < WARN_DAYS ? warning(name, left, FILES[name]) : ok(name, left);
}
