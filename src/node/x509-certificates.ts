import { chmod, lstat, mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RpcFailure } from '../errors.js';
import { CommandError, type CommandRunner } from '../system/command.js';
import { timestampForFileName } from '../system/file-name-time.js';
import { errorReason, ignoring, makeFolder, removeIfExists } from '../system/files.js';

/** Ganeti: backend._MAX_SSL_CERT_VALIDITY */
const LONGEST_VALIDITY_SECONDS = 7 * 24 * 3600;
/** Ganeti: constants.RSA_KEY_BITS */
const KEY_BITS = 2048;
const TIMEOUT_MS = 60_000;
const MILLISECONDS = 1000;

/** Ganeti: backend._X509_KEY_FILE, _X509_CERT_FILE */
const KEY_FILE = 'key';
const CERTIFICATE_FILE = 'cert';
const WORK_FOLDER = 'work';

const NAME_PATTERN = /^x509-[A-Za-z0-9_-]+$/;

/** Of openssl-x509 and openssl-req only newer versions know times that are not whole days from now. */
const CA_CONFIG = `
[ca]
default_ca = own
[own]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = optional
`;

/** Certificates for moving disks from node to node. Each is good for one transfer; its key never leaves the node. */
export class X509Certificates {
  readonly #directory: string;
  readonly #commonName: string;
  readonly #commands: CommandRunner;
  readonly #clock: () => Date;

  /** @param parts `commonName` is this node's host name */
  constructor({
    directory,
    commonName,
    commands,
    clock,
  }: {
    directory: string;
    commonName: string;
    commands: CommandRunner;
    clock: () => Date;
  }) {
    this.#directory = directory;
    this.#commonName = commonName;
    this.#commands = commands;
    this.#clock = clock;
  }

  /**
   * Makes a key and a certificate that it signs itself (Ganeti: backend.CreateX509Certificate).
   *
   * @returns the name by which the other calls know it, and the certificate in PEM
   * @throws RpcFailure
   */
  async create(validitySeconds: number): Promise<[name: string, certificate: string]> {
    const now = this.#clock();
    const folder = await this.#makeFolder(now);
    try {
      const work = join(folder, WORK_FOLDER);
      await mkdir(work, { mode: 0o700 });
      await this.#generate(work, now, Math.min(validitySeconds, LONGEST_VALIDITY_SECONDS));
      await rm(work, { recursive: true });
      for (const name of [KEY_FILE, CERTIFICATE_FILE]) await chmod(join(folder, name), 0o400);
      const certificate = await readFile(join(folder, CERTIFICATE_FILE), 'utf8');
      return [folder.slice(this.#directory.length + 1), certificate];
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      if (!(error instanceof CommandError)) throw error;
      throw new RpcFailure(`Can't create certificate: ${error.output}`, { cause: error });
    }
  }

  /** Removes key and certificate (Ganeti: backend.RemoveX509Certificate). */
  async remove(name: string): Promise<void> {
    if (!NAME_PATTERN.test(name)) throw new RpcFailure(`Invalid certificate name '${name}'`);
    const folder = join(this.#directory, name);
    try {
      const stats = await ignoring(['ENOENT'], lstat(folder));
      if (stats?.isDirectory() === true)
        for (const file of [KEY_FILE, CERTIFICATE_FILE]) await removeIfExists(join(folder, file));
      await rmdir(folder);
    } catch (error) {
      throw new RpcFailure(
        `Cannot remove certificate directory '${folder}': ${errorReason(error)}`,
        { cause: error },
      );
    }
  }

  async #makeFolder(now: Date): Promise<string> {
    await makeFolder(this.#directory, 0o700);
    return mkdtemp(join(this.#directory, `x509-${timestampForFileName(now)}-`));
  }

  async #generate(cwd: string, now: Date, validitySeconds: number): Promise<void> {
    await writeFile(join(cwd, 'config'), CA_CONFIG);
    await writeFile(join(cwd, 'index'), '');
    await writeFile(join(cwd, 'serial'), serialAt(now));
    const key = `../${KEY_FILE}`;
    const end = new Date(now.getTime() + validitySeconds * MILLISECONDS);
    const subject = ['-config', '/dev/null', '-subj', `/CN=${this.#commonName}`];
    const dates = ['-startdate', asn1Time(now), '-enddate', asn1Time(end)];
    const options = { timeoutMs: TIMEOUT_MS, cwd };
    await this.#commands.run(
      [
        ...(['openssl', 'req', '-new', '-newkey', `rsa:${KEY_BITS}`, '-nodes'] as const),
        ...['-keyout', key, '-out', 'request', ...subject],
      ],
      options,
    );
    await this.#commands.run(
      [
        ...(['openssl', 'ca', '-batch', '-notext', '-config', 'config', '-selfsign'] as const),
        ...['-keyfile', key, '-in', 'request', '-out', `../${CERTIFICATE_FILE}`, ...dates],
      ],
      options,
    );
  }
}

/** The time in seconds, in an even number of hexadecimal digits. */
function serialAt(now: Date): string {
  const digits = Math.floor(now.getTime() / MILLISECONDS).toString(16);
  return `${digits.padStart(digits.length + (digits.length % 2), '0')}\n`;
}

/** 20260102030405Z */
function asn1Time(time: Date): string {
  return time.toISOString().replace(/\.\d+/, '').replaceAll(/[-:T]/g, '');
}
