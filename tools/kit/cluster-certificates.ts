import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';

/** Kinds of server.pem: the one that Ganeti makes, and what administrators may have put in its place. */
export const CLUSTER_CERTIFICATES = {
  "Ganeti's own kind": makeVersion1,
  'an authority': () => makeVersion3('critical,CA:TRUE'),
  'one that says it is no authority': () => makeVersion3('critical,CA:FALSE'),
} as const;

export type ClusterCertificateKind = keyof typeof CLUSTER_CERTIFICATES;

const NAME = 'ganeti.example.com';
const DAY_MS = 86_400_000;

/** Key and certificate of a cluster, in PEM. */
export function makeClusterCertificate(kind: ClusterCertificateKind = "Ganeti's own kind"): string {
  return CLUSTER_CERTIFICATES[kind]();
}

function makeVersion3(basicConstraints: string): string {
  const constraints = ['-config', '/dev/null', '-addext', `basicConstraints=${basicConstraints}`];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '10', '-keyout', '-'];
  return execFileSync('openssl', [...request, '-subj', `/CN=${NAME}`, ...constraints], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/**
 * A certificate of version 1 (Ganeti: utils.GenerateSelfSignedX509Cert). It is written out here, for newer versions of
 * openssl(1) make none.
 */
function makeVersion1(): string {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const commonName = sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, NAME));
  const name = sequence(der(0x31, commonName));
  // sha256WithRSAEncryption
  const algorithm = sequence(
    der(0x06, Buffer.from('2a864886f70d01010b', 'hex')),
    der(0x05, Buffer.alloc(0)),
  );
  const validity = sequence(...[-1, 10].map((days) => der(0x17, utcTime(days))));
  const publicPart = publicKey.export({ type: 'spki', format: 'der' });
  const serial = der(0x02, Buffer.of(1));
  const signed = sequence(serial, algorithm, name, validity, name, publicPart);
  const signature = Buffer.concat([Buffer.of(0), sign('sha256', signed, privateKey)]);
  const certificate = sequence(signed, algorithm, der(0x03, signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `${privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}-----BEGIN CERTIFICATE-----
${lines.join('\n')}
-----END CERTIFICATE-----
`;
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** An element of DER: its tag, its length, and what is in it. */
function der(tag: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  const { length } = bytes;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), bytes]);
}

/** 260102030405Z */
function utcTime(days: number): string {
  const time = new Date(Date.now() + days * DAY_MS);
  return `${time.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`;
}
