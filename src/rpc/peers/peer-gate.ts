import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Caller } from '../admission/caller-queue.js';
import type { PeerFacts, PeerRule } from './peer-rule.js';

/** Holds connections against the rule, as they come and at each of their requests. */
export class PeerGate {
  readonly #rule: Pick<PeerRule, 'check' | 'callerOf'>;
  readonly #facts = new WeakMap<TLSSocket, PeerFacts>();

  constructor(rule: Pick<PeerRule, 'check' | 'callerOf'>) {
    this.#rule = rule;
  }

  /** Whether requests may be read from a connection whose handshake is over. */
  admitsConnection(socket: TLSSocket): boolean {
    const facts = factsOf(socket);
    this.#facts.set(socket, facts);
    return this.#rule.check(facts);
  }

  /** Who calls; undefined if that is not allowed. */
  admit(socket: TLSSocket): Caller | undefined {
    const facts = this.#facts.get(socket);
    return facts !== undefined && this.#rule.check(facts) ? this.#rule.callerOf(facts) : undefined;
  }
}

/**
 * Node hands the presented chain out only once a connection, hence the facts are kept. (The older
 * `getPeerCertificate(true)` adds what it finds among our own certificates, and leaves out what does not fit.)
 */
function factsOf(socket: TLSSocket): PeerFacts {
  const leaf = socket.getPeerX509Certificate();
  const above: X509Certificate[] = [];
  for (let next = leaf?.issuerCertificate; next !== undefined; next = next.issuerCertificate)
    above.push(next);
  return { remoteAddress: socket.remoteAddress ?? 'unknown', leaf, above };
}
