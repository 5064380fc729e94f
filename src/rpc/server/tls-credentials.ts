import type { SecureContextOptions } from 'node:tls';
import { createSecureContext } from 'node:tls';
import { FollowedFile } from '../../system/file/cached-file.js';

/** Larger than any certificate with its chain. */
const MAX_PEM_BYTES = 1024 * 1024;

/** The key and the certificate of a TLS server, which are often in one file, as they are on disk now. */
export class TlsCredentials {
  readonly #key: FollowedFile<string>;
  readonly #cert: FollowedFile<string>;
  #current: SecureContextOptions;

  /** @throws when the files cannot be read or do not fit each other */
  constructor(keyPath: string, certPath: string) {
    this.#key = new FollowedFile(keyPath, MAX_PEM_BYTES, present);
    this.#cert = new FollowedFile(certPath, MAX_PEM_BYTES, present);
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
    // The certificate goes to callers as the name of an authority too: GnuTLS sends its own only then.
    const options: SecureContextOptions = { key, cert, ca: cert, minVersion: 'TLSv1.2' };
    createSecureContext(options);
    return options;
  }
}

function present(text: string | undefined): string {
  if (text === undefined) throw new Error('There is no such file');
  return text;
}
