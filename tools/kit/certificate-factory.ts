import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and its certificate, each in PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
  readonly x509: X509Certificate;
  readonly digest: string;
}

export interface CertificateOptions {
  /** Who signs it; itself, if nobody. */
  readonly issuer?: Identity;
  /** As `openssl ca` wants it: YYMMDDHHMMSSZ. */
  readonly notBefore?: string;
  readonly notAfter?: string;
}

const CONFIG = `
[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
unique_subject = no
policy = any
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
`;

/** Makes certificates as Ganeti makes them, with the openssl program, in a directory of its own. */
export class CertificateFactory {
  readonly directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  #count = 0;

  make(commonName: string, { issuer, notBefore, notAfter }: CertificateOptions = {}): Identity {
    const name = String(++this.#count);
    this.#prepare();
    this.#openssl(`req -newkey rsa:2048 -nodes -keyout ${name}.key -out ${name}.csr -batch`, [
      ...['-config', 'ca.cnf', '-subj', `/CN=${commonName}`],
    ]);
    if (issuer !== undefined) this.#write({ 'issuer.key': issuer.key, 'issuer.crt': issuer.cert });
    const signer =
      issuer === undefined
        ? `-selfsign -keyfile ${name}.key`
        : '-keyfile issuer.key -cert issuer.crt';
    this.#openssl(`ca -config ca.cnf -batch -notext -in ${name}.csr -out ${name}.crt ${signer}`, [
      ...['-startdate', notBefore ?? '200101000000Z', '-enddate', notAfter ?? '450101000000Z'],
    ]);
    return this.#identity(name);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }

  #identity(name: string): Identity {
    const read = (ending: string) =>
      readFileSync(join(this.directory, `${name}.${ending}`), 'utf8');
    const [key, cert] = [read('key'), read('crt')];
    const x509 = new X509Certificate(cert);
    return { key, cert, x509, digest: x509.fingerprint };
  }

  #prepare(): void {
    const serial = (this.#count + 4096).toString(16);
    this.#write({ 'ca.cnf': CONFIG, 'index.txt': '', serial });
  }

  #write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(this.directory, name), text);
  }

  #openssl(command: string, more: readonly string[]): void {
    execFileSync('openssl', [...command.split(' '), ...more], {
      cwd: this.directory,
      stdio: 'pipe',
    });
  }
}

/** The lines of ssconf_master_candidates_certs. */
export function candidateMap(...identities: readonly Identity[]): string {
  return identities.map(({ digest }, index) => `node-${String(index + 1)}=${digest}\n`).join('');
}
