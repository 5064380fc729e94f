import type { SecureContextOptions } from 'node:tls';
import { createSecureContext } from 'node:tls';
import { FollowedFile } from '../../system/file/cached-file.js';
import { checkKeyAndCertificate } from '../../system/file/pem.js';

/** Larger than any certificate with its chain. */
const MAX_PEM_BYTES = 1024 * 1024;

/** The key and the certificate of a TLS server, which are often in one file, as they are on disk now. */
export class TlsCredentials {
  readonly #key: FollowedFile<string>;
  readonly #cert: FollowedFile<string>;
  #current: SecureContextOptions;

  /** @throws Error naming the file that can't be read or used */
  constructor(keyPath: string, certPath: string) {
    this.#key = new FollowedFile(keyPath, MAX_PEM_BYTES, presentAt(keyPath));
    this.#cert = new FollowedFile(certPath, MAX_PEM_BYTES, presentAt(certPath));
    this.#current = this.#read();
  }

  get current(): SecureContextOptions {
    return this.#current;
  }

  /**
   * Looks at the files again.
   *
   * @returns whether they have changed
   * @throws when they cannot be used, perhaps because they are just being written; `current` stays as it was then
   */
  refresh(): boolean {
    const { key, cert } = this.#current;
    if (this.#key.read() === key && this.#cert.read() === cert) return false;
    this.#current = this.#read();
    return true;
  }

  #read(): SecureContextOptions {
    const key = this.#key.read();
    const cert = this.#cert.read();
    checkKeyAndCertificate(
      { path: this.#key.path, text: key },
      { path: this.#cert.path, text: cert },
    );
    // The certificate goes to callers as the name of an authority too: GnuTLS sends its own only then.
    const options: SecureContextOptions = { key, cert, ca: cert, minVersion: 'TLSv1.2' };
    createSecureContext(options);
    return options;
  }
}

function presentAt(path: string): (text: string | undefined) => string {
  return (text) => {
    if (text === undefined) throw new Error(`There is no file ${path}`);
    return text;
  };
}
