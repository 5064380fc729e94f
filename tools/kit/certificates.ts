import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';

/** A private key and its certificate. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
  /** Both in one text, as in server.pem. */
  readonly pem: string;
  readonly x509: X509Certificate;
  /** By which Ganeti names certificates: SHA-1. */
  readonly digest: string;
}

export interface IdentityOptions {
  /** Who signs it; itself, if nobody. */
  readonly issuer?: Identity;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Makes a certificate of version 3 that says so; without it, it is of version 1, as Ganeti makes them. */
  readonly isAuthority?: boolean;
  readonly keyBits?: number;
  readonly hash?: keyof typeof SIGNATURES;
}

/** Common name of a cluster's certificate (Ganeti: constants.X509_CERT_CN). */
export const CLUSTER_COMMON_NAME = 'ganeti.example.com';

/** Kinds of server.pem: the one that Ganeti makes, and what administrators may have put in its place. */
export const CLUSTER_CERTIFICATES = {
  "Ganeti's own kind": {},
  'an authority': { isAuthority: true },
  'one that says it is no authority': { isAuthority: false },
} as const satisfies Record<string, IdentityOptions>;

export type ClusterCertificateKind = keyof typeof CLUSTER_CERTIFICATES;

/** Object identifiers of RSA signatures. */
const SIGNATURES = {
  sha1: '2a864886f70d010105',
  sha256: '2a864886f70d01010b',
} as const;
const COMMON_NAME = '550403';
const BASIC_CONSTRAINTS = '551d13';

/** Tags of DER. */
const [BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OBJECT_ID] = [1, 2, 3, 4, 5, 6] as const;
const [UTF8_STRING, UTC_TIME, SEQUENCE, SET] = [0x0c, 0x17, 0x30, 0x31] as const;
const [VERSION, EXTENSIONS] = [0xa0, 0xa3] as const;

/** Key and certificate of a cluster. */
export function makeClusterIdentity(kind: ClusterCertificateKind = "Ganeti's own kind"): Identity {
  return makeIdentity(CLUSTER_COMMON_NAME, CLUSTER_CERTIFICATES[kind]);
}

/**
 * Makes an RSA key and a certificate for it (Ganeti: utils.GenerateSelfSignedX509Cert). The certificate is written out
 * here, for newer versions of openssl(1) make none of version 1.
 */
export function makeIdentity(commonName: string, options: IdentityOptions = {}): Identity {
  const { issuer, isAuthority, keyBits = 2048, hash = 'sha256' } = options;
  const { notBefore = new Date('2020-01-01'), notAfter = new Date('2045-01-01') } = options;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: keyBits });
  const algorithm = sequence(objectId(SIGNATURES[hash]), der(NULL));
  const content = sequence(
    ...(isAuthority === undefined ? [] : [der(VERSION, der(INTEGER, Buffer.of(2)))]),
    der(INTEGER, Buffer.of(1), randomBytes(8)),
    algorithm,
    name(issuer === undefined ? commonName : commonNameOf(issuer)),
    sequence(utcTime(notBefore), utcTime(notAfter)),
    name(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(isAuthority === undefined ? [] : [extensions(isAuthority)]),
  );
  const signer = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const signature = der(BIT_STRING, Buffer.of(0), sign(hash, content, signer));
  const x509 = new X509Certificate(sequence(content, algorithm, signature));
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const cert = x509.toString();
  return { key, cert, pem: key + cert, x509, digest: x509.fingerprint };
}

/** The lines of ssconf_master_candidates_certs. */
export function candidateMap(...identities: readonly Identity[]): string {
  return identities.map(({ digest }, index) => `node-${String(index + 1)}=${digest}\n`).join('');
}

function commonNameOf({ x509 }: Identity): string {
  return x509.subject.replace('CN=', '');
}

function name(commonName: string): Buffer {
  const attribute = sequence(objectId(COMMON_NAME), der(UTF8_STRING, Buffer.from(commonName)));
  return sequence(der(SET, attribute));
}

/** That it may sign others is said by a member, and that it may not by none. */
function extensions(isAuthority: boolean): Buffer {
  const yes = der(BOOLEAN, Buffer.of(0xff));
  const constraints = sequence(...(isAuthority ? [yes] : []));
  const critical = yes;
  const extension = sequence(objectId(BASIC_CONSTRAINTS), critical, der(OCTET_STRING, constraints));
  return der(EXTENSIONS, sequence(extension));
}

/** 260102030405Z */
function utcTime(time: Date): Buffer {
  const digits = time.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '');
  return der(UTC_TIME, Buffer.from(`${digits}Z`));
}

function objectId(hexadecimal: string): Buffer {
  return der(OBJECT_ID, Buffer.from(hexadecimal, 'hex'));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(SEQUENCE, ...parts);
}

/** An element of DER: its tag, its length, and what is in it. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag, ...lengthOf(content)), content]);
}

/** In one byte; or how many bytes follow, and the length in these. */
function lengthOf({ length }: Buffer): number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  return [0x82, length >> 8, length & 0xff];
}
