import type { X509Certificate } from 'node:crypto';
import type { WallClock } from '../../base/clock.js';
import { CLOCK_SKEW_MS, MAX_SSCONF_BYTES } from '../../base/constants.js';
import { messageOf } from '../../base/errors.js';
import { FollowedFile } from '../../system/file/cached-file.js';
import { certificateIn } from '../../system/file/pem.js';
import type { Caller } from '../admission/caller-queue.js';
import { parseCandidateMap } from './candidate-map.js';
import type { RefusalLog } from './refusal-log.js';

/** What a caller has presented. */
export interface PeerFacts {
  readonly remoteAddress: string;
  /** Its own certificate, whose key it has proven to hold. */
  readonly leaf: X509Certificate | undefined;
  /** What it has sent along, in its order. A resumed session does not show these again. */
  readonly above: readonly X509Certificate[];
}

export interface PeerRuleParts {
  /** ssconf_master_candidates_certs. */
  readonly candidatesPath: string;
  /** ssconf_master_node. */
  readonly masterNodePath: string;
  /** server.pem. */
  readonly serverCertPath: string;
  readonly logger: Pick<RefusalLog, 'warn'>;
  readonly clock: WallClock;
}

/** Whose certificates are accepted at the moment. */
interface Accepted {
  readonly mode: 'candidates' | 'bootstrap';
  /** Digests by node uuid. */
  readonly digests: ReadonlyMap<string, string>;
  readonly server: X509Certificate;
}

/** server.pem holds one key and one certificate; anything this large is something else. */
const MAX_PEM_BYTES = 1024 * 1024;

/**
 * Decides who may call: holders of a master candidate's certificate (Ganeti: noded.SSLVerifyPeer). While there are no
 * candidates, as when a cluster is made or upgraded, it is the holder of server.pem itself.
 *
 * Deviation: Ganeti only compares digests. Here a certificate must also be in its time, and be signed by server.pem
 * (as Ganeti makes them) or by itself (as old versions did); and a candidate map that cannot be read or understood
 * lets nobody in, where Ganeti falls back to bootstrap mode or fails with a traceback.
 */
export class PeerRule {
  readonly #candidates: FollowedFile<ReadonlyMap<string, string> | undefined>;
  readonly #masterNode: FollowedFile<string | undefined>;
  readonly #server: FollowedFile<X509Certificate>;
  readonly #logger: PeerRuleParts['logger'];
  readonly #clock: WallClock;
  /** Against which certificate of the server a caller's signature has been found good: that stays so. */
  readonly #signatures = new WeakMap<X509Certificate, X509Certificate>();

  constructor(parts: PeerRuleParts) {
    const { candidatesPath, masterNodePath, serverCertPath, logger, clock } = parts;
    this.#candidates = new FollowedFile(candidatesPath, MAX_SSCONF_BYTES, parseCandidateMap);
    this.#masterNode = new FollowedFile(masterNodePath, MAX_SSCONF_BYTES, (text) => text?.trim());
    this.#server = new FollowedFile(serverCertPath, MAX_PEM_BYTES, (text) => {
      if (text === undefined) throw new Error('no such file');
      return certificateIn({ path: serverCertPath, text });
    });
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Whether a caller may call now. It follows both files, so it is to be asked at each request; a refusal is logged. */
  check(facts: PeerFacts): boolean {
    const accepted = this.#accepted();
    const objection =
      accepted instanceof Error
        ? accepted
        : attempt('client certificate', () => this.#objection(facts, accepted));
    if (objection === undefined) return true;
    this.#logRefusal(facts, accepted, objection instanceof Error ? objection.message : objection);
    return false;
  }

  /**
   * Who an accepted caller is. The master is known by the name in its certificate: Ganeti gives each node's to it
   * (Ganeti: utils.GenerateNewClientSslCert), server.pem has signed it, and ssconf_master_node says whose it has to be.
   */
  callerOf({ leaf }: PeerFacts): Caller {
    const master = attempt('master node', () => this.#masterNode.read());
    return typeof master === 'string' && leaf?.subject === `CN=${master}` ? 'master' : 'candidate';
  }

  #accepted(): Accepted | Error {
    const server = attempt('server certificate', () => this.#server.read());
    if (server instanceof Error) return server;
    const digests = attempt('candidate map', () => this.#candidates.read());
    if (digests instanceof Error) return digests;
    if (digests !== undefined) return { mode: 'candidates', digests, server };
    return { mode: 'bootstrap', digests: new Map([['bootstrap', server.fingerprint]]), server };
  }

  /** What speaks against a caller, or undefined. */
  #objection({ leaf, above }: PeerFacts, { mode, digests, server }: Accepted): string | undefined {
    if (leaf === undefined) return 'no certificate';
    if (![...digests.values()].includes(leaf.fingerprint))
      return mode === 'candidates' ? 'not a master candidate' : 'not the server certificate';
    if (above.some(({ fingerprint }) => fingerprint !== server.fingerprint))
      return 'a certificate of the chain is not the server certificate';
    if (!this.#isSigned(leaf, server))
      return 'signed neither by the server certificate nor by itself';
    // Asked this way round, a date that cannot be read is refused.
    const now = this.#clock.wallTime().getTime();
    if (!(Date.parse(leaf.validFrom) <= now + CLOCK_SKEW_MS)) return 'not valid yet';
    return Date.parse(leaf.validTo) >= now ? undefined : 'expired';
  }

  #isSigned(leaf: X509Certificate, server: X509Certificate): boolean {
    if (this.#signatures.get(leaf) === server) return true;
    if (!leaf.verify(server.publicKey) && !leaf.verify(leaf.publicKey)) return false;
    this.#signatures.set(leaf, server);
    return true;
  }

  #logRefusal(
    { remoteAddress, leaf }: PeerFacts,
    accepted: Accepted | Error,
    reason: string,
  ): void {
    this.#logger.warn('peer refused', {
      reason,
      remoteAddress,
      digest: leaf?.fingerprint,
      candidateMap: this.#candidates.path,
      ...(accepted instanceof Error
        ? {}
        : { mode: accepted.mode, accepted: [...accepted.digests.keys()] }),
    });
  }
}

function attempt<T>(what: string, read: () => T): T | Error {
  try {
    return read();
  } catch (error) {
    return new Error(`${what}: ${messageOf(error)}`);
  }
}
