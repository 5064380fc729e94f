import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  candidateMap,
  type Identity,
  makeClusterIdentity,
  makeIdentity,
} from '../kit/certificates.js';

/** Who calls the daemon over the network. */
export interface Identities {
  /** The daemon's own; signs those of the candidates. */
  readonly server: Identity;
  /** May call. */
  readonly candidate: Identity;
  /** Signed by itself and in no list: may not call. */
  readonly stranger: Identity;
}

/** Makes the daemon's certificate and the list of who may call where it looks for them, and its callers. */
export async function makeIdentities(dataDir: string): Promise<Identities> {
  const server = makeClusterIdentity();
  const candidate = makeIdentity('node1', { issuer: server });
  await writeFile(join(dataDir, 'server.pem'), server.pem, { mode: 0o400 });
  await writeFile(join(dataDir, 'ssconf_master_candidates_certs'), candidateMap(candidate));
  return { server, candidate, stranger: makeClusterIdentity() };
}
