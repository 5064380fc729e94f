import { createPrivateKey, X509Certificate } from 'node:crypto';
import { messageOf } from '../../base/errors.js';

/** A file with keys or certificates. */
export interface PemFile {
  readonly path: string;
  readonly text: string;
}

/** What such a file is looked through for: the kind, and how its first and last line end. */
const PARTS = { 'private key': 'PRIVATE KEY-----', certificate: 'CERTIFICATE-----' } as const;

/**
 * The first certificate of a file.
 *
 * @throws Error naming the file and what is wrong with it
 */
export function certificateIn(file: PemFile): X509Certificate {
  return read(file, 'certificate', (text) => new X509Certificate(text));
}

/**
 * Whether a server can use them together; OpenSSL's own messages name no file, and it takes empty ones.
 *
 * @throws Error naming the file and what is wrong with it
 */
export function checkKeyAndCertificate(keyFile: PemFile, certFile: PemFile): void {
  const key = read(keyFile, 'private key', createPrivateKey);
  if (!certificateIn(certFile).checkPrivateKey(key))
    throw new Error(
      `The private key in ${keyFile.path} is not that of the certificate in ${certFile.path}`,
    );
}

function read<T>({ path, text }: PemFile, what: keyof typeof PARTS, parse: (text: string) => T): T {
  if (text.trim() === '') throw new Error(`${path} is empty`);
  const end = PARTS[what];
  const [first, rest = ''] = text.split(new RegExp(`-----BEGIN [A-Z0-9 ]*${end}`), 2);
  if (first === text) throw new Error(`${path} has no ${what} in it`);
  if (!rest.includes(end)) throw new Error(`${path} ends in the middle of the ${what}`);
  try {
    return parse(text);
  } catch (error) {
    throw new Error(
      `The ${what} in ${path} is damaged or of an unknown kind: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
