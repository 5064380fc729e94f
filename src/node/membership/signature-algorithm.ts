/** The object identifier of RSA signatures with SHA-1, 1.2.840.113549.1.1.5, as DER has it. */
const SHA1_WITH_RSA = '2a864886f70d010105';

/**
 * The name of the algorithm that a certificate is signed with, of those that are known to be weak; Node.js tells it only
 * in later versions than the ones we run on.
 *
 * @param der the certificate
 */
export function signatureAlgorithm(der: Buffer): 'sha1WithRSAEncryption' | undefined {
  // SEQUENCE { what is signed, SEQUENCE { identifier, … }, signature }
  const certificate = element(der, 0);
  const signed = element(der, certificate.start);
  const algorithm = element(der, signed.end);
  const identifier = element(der, algorithm.start);
  const hex = der.subarray(identifier.start, identifier.end).toString('hex');
  return hex === SHA1_WITH_RSA ? 'sha1WithRSAEncryption' : undefined;
}

/** Where the content of the DER element at `offset` begins and ends. */
function element(der: Buffer, offset: number): { start: number; end: number } {
  const first = der[offset + 1] ?? 0;
  // From 0x80 on, it is the number of bytes of the length that follows.
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const length = lengthBytes === 0 ? first : der.readUIntBE(offset + 2, lengthBytes);
  const start = offset + 2 + lengthBytes;
  return { start, end: start + length };
}
