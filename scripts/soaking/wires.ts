import { request as httpRequest, type ClientRequest, type RequestOptions } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions as HttpsOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Identities } from './certificates.js';

/** The ways to call an agent: Ganeti's wire and JSON-RPC over TLS, and JSON-RPC over the Unix socket. */
export const WIRES = ['ganeti', 'json-rpc', 'unix'] as const;
export type Wire = (typeof WIRES)[number];

/** The agent has answered that the call failed. */
export class CallFailure extends Error {}

/** A call, and how it goes out. */
export interface Message {
  readonly wire: Wire;
  readonly method: string;
  readonly params: readonly unknown[];
  /** Over TLS: whether on a connection that earlier calls have used, if one is free. */
  readonly isOnKeptConnection?: boolean;
}

/** Who calls: one who may, one with a certificate that nobody has vouched for, one without any. */
type Who = 'candidate' | 'foreigner' | 'nobody';

/** Where the agent is at the moment. */
export interface Address {
  readonly port: number;
  readonly socket: string;
}

/** An agent that is silent for so long will not answer any more: no call here takes a tenth of it. */
const SILENCE_MS = 120_000;

/** Sends calls to the agent, as a master candidate or as somebody else. */
export class Wires {
  readonly #address: Address;
  /** Made once: to read the texts takes as long as a handshake. */
  readonly #contexts: Readonly<Record<Who, SecureContext>>;
  readonly #kept = new Agent({ keepAlive: true });

  /** @param address is asked again for each call */
  constructor(address: Address, { server, candidate, stranger }: Identities) {
    this.#address = address;
    this.#contexts = {
      candidate: createSecureContext({ ca: server, key: candidate, cert: candidate }),
      foreigner: createSecureContext({ ca: server, key: stranger, cert: stranger }),
      nobody: createSecureContext({ ca: server }),
    };
  }

  /**
   * @returns the result of the call
   * @throws CallFailure, or any other Error when there is no answer
   */
  async call(message: Message): Promise<unknown> {
    const sent = this.#send(message);
    const { status, body } = await replyTo(sent);
    if (status !== 200) throw new Error(`HTTP status ${status}: ${body.slice(0, 200)}`);
    return message.wire === 'ganeti' ? ganetiResult(body) : jsonRpcResult(body);
  }

  /** Begins a call and hangs up after a while. Whether that was before the answer came. */
  async hangUp(message: Message, afterMs: number): Promise<boolean> {
    const sent = this.#send({ ...message, isOnKeptConnection: false });
    const answered = replyTo(sent).then(
      () => true,
      () => false,
    );
    const wasAnswered = await Promise.race([answered, delay(afterMs, false)]);
    sent.destroy();
    await answered;
    return !wasAnswered;
  }

  /**
   * Calls as somebody who may not.
   *
   * @returns the HTTP status of an answer, which there should not be; undefined when the agent hung up
   */
  async callAsStranger(who: Exclude<Who, 'candidate'>): Promise<number | undefined> {
    const sent = httpsRequest({ ...this.#tls(who), path: '/version' });
    sent.end('[]');
    return replyTo(sent).then(
      ({ status }) => status,
      () => undefined,
    );
  }

  /** Closes the connections that were kept. */
  close(): void {
    this.#kept.destroy();
  }

  #send({ wire, method, params, isOnKeptConnection = false }: Message): ClientRequest {
    const isGanetis = wire === 'ganeti';
    const path = isGanetis ? `/${method}` : '/jsonrpc';
    const body = isGanetis ? params : { jsonrpc: '2.0', id: 1, method, params };
    const agent = isOnKeptConnection ? this.#kept : false;
    const sent =
      wire === 'unix'
        ? httpRequest({ ...common(path), socketPath: this.#address.socket })
        : httpsRequest({ ...this.#tls('candidate'), path, agent });
    sent.end(JSON.stringify(body));
    return sent;
  }

  #tls(who: Who): HttpsOptions {
    return {
      ...common('/'),
      host: '127.0.0.1',
      port: this.#address.port,
      secureContext: this.#contexts[who],
      // The certificate names no host; that it is the agent's own is checked.
      checkServerIdentity: () => undefined,
      // The types do not know that https hands it on to tls.
    } as HttpsOptions;
  }
}

function common(path: string): RequestOptions {
  return { method: 'POST', path, agent: false, timeout: SILENCE_MS };
}

function replyTo(sent: ClientRequest): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${SILENCE_MS} ms`)));
    sent.on('error', reject);
    const closedEarly = () => {
      reject(new Error('the connection was closed'));
    };
    sent.on('close', closedEarly);
    sent.on('response', (response) => {
      // From now on the reply itself tells whether it is whole.
      sent.off('close', closedEarly);
      text(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, body });
      }, reject);
    });
  });
}

function ganetiResult(body: string): unknown {
  const [isGood, payload] = JSON.parse(body) as [boolean, unknown];
  if (!isGood) throw new CallFailure(String(payload));
  return payload;
}

function jsonRpcResult(body: string): unknown {
  const { result, error } = JSON.parse(body) as { result?: unknown; error?: { message: string } };
  if (error !== undefined) throw new CallFailure(error.message);
  return result;
}
