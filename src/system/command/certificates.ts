import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { MS_PER_SECOND } from '../../base/units.js';
import type { CommandRunner } from './command.js';

const TIMEOUT_MS = 60_000;
const WORK_DIRECTORY = 'work';
const CERTIFICATE_FILE = 'certificate';

/** Of openssl-x509 and openssl-req only newer versions know times that are not whole days from now. */
function caConfig(names: readonly string[]): string {
  return `
[ca]
default_ca = own
[own]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
x509_extensions = names
[any]
organizationName = optional
commonName = optional
[names]
subjectAltName = ${names.map((name) => `DNS:${name}`).join(', ')}
`;
}

/** What is to be in a certificate. */
export interface CertificateRequest {
  /** Its key. `newBits`: an RSA key of that size, which is made there. */
  readonly key: { readonly file: string; readonly newBits?: number };
  /** A file with key and certificate of who signs it; undefined: it signs itself. */
  readonly issuerFile: string | undefined;
  /** As openssl-req(1) takes it: /CN=name */
  readonly subject: string;
  /** Host names that it is good for; at least one, and each is one. */
  readonly names: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly now: Date;
}

/**
 * Makes a certificate by openssl(1).
 *
 * @param directory of ours alone; openssl's own files come and go in it
 * @returns PEM
 * @throws CommandError, a system error
 */
export async function makeCertificate(
  directory: string,
  { key, issuerFile, subject, names, validFrom, validTo, now }: CertificateRequest,
  commands: CommandRunner,
): Promise<string> {
  const cwd = join(directory, WORK_DIRECTORY);
  await mkdir(cwd, { mode: 0o700 });
  try {
    await writeFile(join(cwd, 'config'), caConfig(names));
    await writeFile(join(cwd, 'index'), '');
    await writeFile(join(cwd, 'serial'), serialAt(now));
    const keyOptions =
      key.newBits === undefined
        ? ['-key', key.file]
        : ['-newkey', `rsa:${key.newBits}`, '-nodes', '-keyout', key.file];
    const signer = issuerFile === undefined ? ['-selfsign'] : ['-cert', issuerFile];
    const dates = ['-startdate', asn1Time(validFrom), '-enddate', asn1Time(validTo)];
    const options = { timeoutMs: TIMEOUT_MS, cwd };
    const request = ['-out', 'request', '-config', '/dev/null', '-subj', subject];
    await commands.run(['openssl', 'req', '-new', ...keyOptions, ...request], options);
    await commands.run(
      [
        ...(['openssl', 'ca', '-batch', '-notext', '-config', 'config', ...signer] as const),
        ...['-keyfile', issuerFile ?? key.file, '-in', 'request', '-out', CERTIFICATE_FILE],
        ...dates,
      ],
      options,
    );
    return await readFile(join(cwd, CERTIFICATE_FILE), 'utf8');
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/**
 * Removes those directories below `directory` in which a daemon was making a certificate when it was killed, with the key
 * that may be in them. To be done before the first call.
 */
export async function removeUnfinishedCertificates(directory: string): Promise<void> {
  const names = (await ignoring(['ENOENT'], readdir(directory))) ?? [];
  for (const name of names) {
    const path = join(directory, name);
    const work = await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(path, WORK_DIRECTORY)));
    if (work !== undefined) await rm(path, { recursive: true, force: true });
  }
}

/** The time in seconds, in an even number of hexadecimal digits. */
function serialAt(now: Date): string {
  const digits = Math.floor(now.getTime() / MS_PER_SECOND).toString(16);
  return `${digits.padStart(digits.length + (digits.length % 2), '0')}\n`;
}

/** 20260102030405Z */
function asn1Time(time: Date): string {
  return time.toISOString().replace(/\.\d+/, '').replaceAll(/[-:T]/g, '');
}
