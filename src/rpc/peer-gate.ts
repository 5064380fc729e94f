import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { PeerFacts, PeerRule } from './peers.js';

/** Holds connections against the rule, as they come and at each of their requests. */
export class PeerGate {
  readonly #rule: Pick<PeerRule, 'check'>;
  readonly #facts = new WeakMap<TLSSocket, PeerFacts>();

  constructor(rule: Pick<PeerRule, 'check'>) {
    this.#rule = rule;
  }

  /** To be called when the handshake is over, before any request is read. */
  admitConnection(socket: TLSSocket): void {
    this.#facts.set(socket, factsOf(socket));
    if (!this.admits(socket)) socket.destroy();
  }

  admits(socket: TLSSocket): boolean {
    const facts = this.#facts.get(socket);
    return facts !== undefined && this.#rule.check(facts);
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
