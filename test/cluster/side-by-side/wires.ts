import { request, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';

/** Whom to ask, and as whom: addresses, and certificates as PEM. */
export interface Caller {
  readonly host: string;
  readonly port: number;
  readonly key: string;
  readonly cert: string;
  /** What the other's certificate must be. */
  readonly ca: string;
}

/** Whether it went well, and the payload or the message; or a status of HTTP; or the end of the connection. */
export type Reply =
  readonly [success: boolean, payload: unknown] | { readonly status: number } | 'no reply';

/** `POST /<call>`, as the master does it. */
export async function ask(caller: Caller, call: string, body: unknown): Promise<Reply> {
  const answer = await post(caller, `/${call}`, body);
  if (answer === 'no reply') return answer;
  const { status, received } = answer;
  return status === 200 ? (JSON.parse(received) as [boolean, unknown]) : { status };
}

/** The same over JSON-RPC, the answer put as on Ganeti's wire. */
export async function askJsonRpc(
  caller: Caller,
  method: string,
  params: readonly unknown[],
): Promise<Reply> {
  const message = { jsonrpc: '2.0', id: 1, method, params };
  const answer = await post(caller, '/jsonrpc', message);
  if (answer === 'no reply') return answer;
  const { status, received } = answer;
  if (status !== 200) return { status };
  const { result, error } = JSON.parse(received) as {
    result?: unknown;
    error?: { message: string };
  };
  return error === undefined ? [true, result] : [false, error.message];
}

async function post(
  caller: Caller,
  path: string,
  body: unknown,
): Promise<{ status: number; received: string } | 'no reply'> {
  const options: RequestOptions = {
    ...caller,
    path,
    method: 'POST',
    // One connection a call: Ganeti's daemon breaks on a session that is resumed.
    agent: false,
    // The certificate has the cluster's name in it, or none at all; that it is the cluster's is what counts.
    checkServerIdentity: () => undefined,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      text(response).then((received) => {
        resolve({ status: response.statusCode ?? 0, received });
      }, reject);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') resolve('no reply');
      else reject(error);
    });
    sent.end(asciiJson(body));
  });
}

/** As the master writes it. */
function asciiJson(body: unknown): string {
  return JSON.stringify(body).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
