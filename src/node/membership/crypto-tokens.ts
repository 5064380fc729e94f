import { BackendError } from '../../base/errors.js';
import {
  certificateDigest,
  type ClientCertificateParts,
  createCertificateIfMissing,
} from './client-certificate.js';
import type { NodeNames } from './node-name.js';

/** Ganeti: constants.CRYPTO_TYPES, CRYPTO_ACTIONS. */
const TYPES = ['ssl'];
const ACTIONS = ['get', 'create', 'delete'];

/** A token that is asked for: its type, what is to be done, and options that no action has any more. */
export type TokenRequest = readonly [
  type: string,
  action: string,
  options: Readonly<Record<string, unknown>> | null,
];

export interface CryptoTokensParts extends ClientCertificateParts {
  readonly nodeNames: NodeNames;
}

/**
 * The tokens by which nodes know each other: today only the digest of the client certificate.
 *
 * Ganeti: backend.GetCryptoTokens. As in Ganeti 3.0, every action answers with the digest, and a certificate that is
 * there stays: the master puts new ones in place over SSH. Deviation: `create` makes one where there is none.
 */
export async function getCryptoTokens(
  parts: CryptoTokensParts,
  requests: readonly TokenRequest[],
): Promise<[type: string, token: string][]> {
  for (const request of requests) check(request);
  const tokens: [string, string][] = [];
  for (const [type, action] of requests) {
    if (action === 'create') await createCertificateIfMissing(parts, await parts.nodeNames.own());
    tokens.push([type, await certificateDigest(parts)]);
  }
  return tokens;
}

function check([type, action]: TokenRequest): void {
  if (!TYPES.includes(type)) throw new BackendError(`Token type '${type}' not supported.`);
  if (!ACTIONS.includes(action)) throw new BackendError(`Action '${action}' is not supported.`);
}
