import { request as requestPlain, type RequestOptions } from 'node:http';
import { request as requestSecure } from 'node:https';
import { text } from 'node:stream/consumers';

/** An error object of a JSON-RPC reply. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor({
    code,
    message,
    data,
  }: {
    code: number;
    message: string;
    data: Record<string, unknown>;
  }) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.data = data;
  }
}

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

/** One JSON-RPC call: its result, or its error as a rejection with `RpcError`. */
export async function callJsonRpc(
  options: RequestOptions,
  method: string,
  params: unknown,
): Promise<unknown> {
  const message = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const { body } = await post({ ...options, path: '/jsonrpc' }, message);
  const reply = JSON.parse(body) as {
    result?: unknown;
    error?: ConstructorParameters<typeof RpcError>[0];
  };
  if (reply.error !== undefined) throw new RpcError(reply.error);
  return reply.result;
}

/** One call over Ganeti's wire: `[true, payload]` or `[false, message]`. */
export async function callGaneti(
  options: RequestOptions,
  call: string,
  params: unknown,
): Promise<[boolean, unknown]> {
  const { status, body } = await post({ ...options, path: `/${call}` }, JSON.stringify(params));
  if (status !== 200) throw new Error(`HTTP status ${status}: ${body}`);
  return JSON.parse(body) as [boolean, unknown];
}
