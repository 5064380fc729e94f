import { type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { WallClock } from '../../base/clock.js';
import { CERTIFICATE_DAYS, CLOCK_SKEW_MS, RSA_KEY_BITS } from '../../base/constants.js';
import { errorReason, ignoring } from '../../base/errno.js';
import { BackendError } from '../../base/errors.js';
import { MS_PER_DAY, MS_PER_SECOND } from '../../base/units.js';
import type { CommandRunner } from '../../system/command/command.js';
import { replaceFile } from '../../system/file/files.js';
import { signatureAlgorithm } from './signature-algorithm.js';

/** Ganeti: constants.SSL_CERT_EXPIRATION_WARN, SSL_CERT_EXPIRATION_ERROR. */
const WARN_DAYS = 30;
const ERROR_DAYS = 7;
const OPENSSL_TIMEOUT_MS = 60_000;
/** Ganeti: utils.GenerateSignedX509Cert. */
const CERT_MODE = 0o440;
/** Ganeti: constants.X509_WEAK_SIGNATURE_ALGORITHMS. */
const WEAK_ALGORITHM = 'sha1WithRSAEncryption';

/** `ERROR` or `WARNING` and what is wrong; or null and the digest. */
export type CertificateState = [severity: 'ERROR' | 'WARNING' | null, text: string];

/** The certificate by which this node proves to others who it is, with its key in the same file. */
export interface ClientCertificateParts {
  /** client.pem. */
  readonly clientCertificate: string;
  /** server.pem: key and certificate of the cluster. */
  readonly serverCertificate: string;
  readonly commands: CommandRunner;
  readonly clock: WallClock;
}

/**
 * SHA-1 digest, as ssconf_master_candidates_certs has it (Ganeti: utils.GetCertificateDigest).
 *
 * @throws NodeError when there is no certificate
 */
export async function certificateDigest(parts: ClientCertificateParts): Promise<string> {
  try {
    return (await read(parts)).fingerprint;
  } catch (error) {
    throw new BackendError(
      `Can't read the client certificate ${parts.clientCertificate}: ${errorReason(error)}`,
      { cause: error },
    );
  }
}

/** What is wrong with it (Ganeti: backend._VerifyClientCertificate). */
export async function verifyCertificate(parts: ClientCertificateParts): Promise<CertificateState> {
  if ((await ignoring(['ENOENT'], stat(parts.clientCertificate))) === undefined)
    return [
      'ERROR',
      "The client certificate does not exist. Run 'gnt-cluster renew-crypto --new-node-certificates' to create client certificates for all nodes.",
    ];
  let certificate: X509Certificate;
  try {
    certificate = await read(parts);
  } catch (error) {
    return [
      'ERROR',
      `Failed to load X509 certificate ${parts.clientCertificate}: ${errorReason(error)}`,
    ];
  }
  return problemOf(parts, certificate) ?? [null, certificate.fingerprint];
}

/** Makes one, signed by the cluster's, unless there is one already (Ganeti: utils.GenerateSignedSslCert). */
export async function createCertificateIfMissing(
  parts: ClientCertificateParts,
  nodeName: string,
): Promise<void> {
  if ((await ignoring(['ENOENT'], stat(parts.clientCertificate))) !== undefined) return;
  const request = await openssl(
    parts,
    ['req', '-newkey', `rsa:${RSA_KEY_BITS}`, '-nodes', '-sha256', '-subj', `/CN=${nodeName}`],
    ['-keyout', '-'],
  );
  const signing = [
    '-CA',
    parts.serverCertificate,
    '-CAkey',
    parts.serverCertificate,
    '-days',
    `${CERTIFICATE_DAYS}`,
  ];
  const serial = [
    '-set_serial',
    String(Math.floor(parts.clock.wallTime().getTime() / MS_PER_SECOND)),
  ];
  const certificate = await openssl(
    parts,
    ['x509', '-req', '-sha256', ...signing],
    serial,
    request,
  );
  const key = request.slice(0, request.indexOf('-----BEGIN CERTIFICATE REQUEST-----'));
  await replaceFile(parts.clientCertificate, key + certificate, { mode: CERT_MODE });
}

async function read({ clientCertificate }: ClientCertificateParts): Promise<X509Certificate> {
  return new X509Certificate(await readFile(clientCertificate));
}

function problemOf(
  parts: ClientCertificateParts,
  certificate: X509Certificate,
): CertificateState | undefined {
  const found = [validityProblem(parts, certificate), strengthProblem(certificate)];
  const problems = found.filter((problem) => problem !== undefined);
  const worst = problems.find(([severity]) => severity === 'ERROR') ?? problems[0];
  if (worst !== undefined) {
    const texts = problems.filter(([severity]) => severity === worst[0]).map(([, text]) => text);
    return [worst[0], `While verifying ${parts.clientCertificate}: ${texts.join(', ')}`];
  }
  if (commonName(certificate.subject) !== commonName(certificate.issuer)) return undefined;
  return [
    'WARNING',
    `The certificate '${parts.clientCertificate}' is self-signed. Please run 'gnt-cluster renew-crypto --new-node-certificates' to get a properly signed certificate.`,
  ];
}

/** Ganeti: utils.x509._VerifyX509CertificateValidity */
function validityProblem(
  { clock }: ClientCertificateParts,
  { validFrom, validTo }: X509Certificate,
): CertificateState | undefined {
  const now = clock.wallTime().getTime();
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  if (to < now)
    return ['ERROR', `Certificate is expired (valid from ${localTime(from)} to ${localTime(to)})`];
  if (from > now + CLOCK_SKEW_MS)
    return ['WARNING', `Certificate not yet valid (valid from ${localTime(from)})`];
  const days = Math.trunc((to - now - CLOCK_SKEW_MS) / MS_PER_DAY);
  if (days > WARN_DAYS) return undefined;
  return [days <= ERROR_DAYS ? 'ERROR' : 'WARNING', `Certificate expires in about ${days} days`];
}

async function openssl(
  { commands }: ClientCertificateParts,
  args: string[],
  more: string[],
  input?: string,
): Promise<string> {
  const { stdout } = await commands.run(['openssl', ...args, ...more], {
    timeoutMs: OPENSSL_TIMEOUT_MS,
    ...(input === undefined ? {} : { input }),
  });
  return stdout;
}

/** Ganeti: utils.x509._VerifyX509CertificateStrength. Deviation: keys other than RSA are not called short. */
function strengthProblem(certificate: X509Certificate): CertificateState | undefined {
  const advice = 'consider running gnt-cluster renew-crypto';
  const bits = rsaBits(certificate.publicKey);
  const warnings: string[] = [];
  if (signatureAlgorithm(certificate.raw) === WEAK_ALGORITHM)
    warnings.push(`weak signature algorithm '${WEAK_ALGORITHM}', ${advice}`);
  if (bits !== undefined && bits < RSA_KEY_BITS)
    warnings.push(
      `weak public/private keypair: ${bits} bits, should be at least ${RSA_KEY_BITS} bits, ${advice}`,
    );
  return warnings.length === 0 ? undefined : ['WARNING', warnings.join(', ')];
}

function rsaBits({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): number | undefined {
  return asymmetricKeyType === 'rsa' ? asymmetricKeyDetails?.modulusLength : undefined;
}

/** Subject and issuer are lines of the form `CN=node1`. */
function commonName(name: string): string | undefined {
  return /^CN=(.*)$/m.exec(name)?.[1];
}

/** Ganeti: utils.FormatTime */
function localTime(time: number): string {
  const local = new Date(time - new Date(time).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}
