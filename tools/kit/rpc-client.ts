import { request as requestPlain, type RequestOptions } from 'node:http';
import { request as requestSecure } from 'node:https';
import { text } from 'node:stream/consumers';
import {
  Client,
  type ClientOptions,
  GanetiError,
  type UrlOptions,
} from '../../src/client/client.js';

/** Posts `body`, with TLS if there is a key among the options, and gives the reply's status and text. */
export async function post(
  options: RequestOptions,
  body: string | Buffer,
): Promise<{ status: number; body: string }> {
  const request = 'key' in options ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, method: 'POST', agent: false }, (response) => {
      text(response).then((received) => {
        resolve({ status: response.statusCode ?? 0, body: received });
      }, reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** One JSON-RPC call on a connection of its own. */
export function callJsonRpc(
  target: ClientOptions,
  method: string,
  params: unknown,
): Promise<unknown> {
  return new Client({ ...target, keepAlive: false }).request(method, params);
}

/** One call over Ganeti's wire on a connection of its own: `[true, payload]` or `[false, message]`. */
export async function callGaneti(
  target: UrlOptions,
  call: string,
  params: unknown,
): Promise<[boolean, unknown]> {
  const client = new Client({ ...target, wire: 'ganeti', keepAlive: false });
  try {
    return [true, await client.request(call, params)];
  } catch (error) {
    if (error instanceof GanetiError && error.kind === 'failed') return [false, error.message];
    throw error;
  }
}
