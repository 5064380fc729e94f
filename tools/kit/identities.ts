import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VALID_DAYS = 30;
/** Common name of all certificates of a cluster (Ganeti: constants.X509_CERT_CN). */
const COMMON_NAME = 'ganeti.example.com';

/** A private key and its certificate, both in PEM in one text. */
export type Identity = string;

/** Who calls the agent over the network. */
export interface Identities {
  /** The agent's own; signs those of the candidates. */
  readonly server: Identity;
  /** May call. */
  readonly candidate: Identity;
  /** Signed by itself and in no list: may not call. */
  readonly stranger: Identity;
}

/** Makes the agent's certificate where it looks for it, and those of its callers, as Ganeti makes them. */
export async function makeIdentities(dataDir: string): Promise<Identities> {
  const serverPem = join(dataDir, 'server.pem');
  const server = await makeIdentity([]);
  await writeFile(serverPem, server, { mode: 0o400 });
  const candidate = await makeIdentity(['-CA', serverPem, '-CAkey', serverPem]);
  const identities = { server, candidate, stranger: await makeIdentity([]) };
  await writeFile(join(dataDir, 'ssconf_master_candidates_certs'), candidateMap(identities));
  return identities;
}

/** The list by which the agent knows who may call. */
export function candidateMap({ candidate }: Pick<Identities, 'candidate'>): string {
  // Ganeti names certificates by SHA-1.
  return `258124ea-7836-4e9b-9b97-edbce396bf42=${new X509Certificate(candidate).fingerprint}\n`;
}

/** @param signer options of openssl-req(1) that name it; none for a certificate that signs itself */
async function makeIdentity(signer: readonly string[]): Promise<Identity> {
  const { stdout } = await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-batch'],
    ...['-days', String(VALID_DAYS), '-subj', `/CN=${COMMON_NAME}`, '-keyout', '-'],
    ...signer,
  ]);
  return stdout;
}
