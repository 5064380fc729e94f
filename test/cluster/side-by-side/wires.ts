import {
  ConnectionClosed,
  type Endpoint,
  type Reply as HttpReply,
  WireConnection,
} from '../../../tools/kit/wire-client.js';

/** Whether it went well, and the payload or the message; or a status of HTTP; or the end of the connection. */
export type Reply =
  readonly [success: boolean, payload: unknown] | { readonly status: number } | 'no reply';

/** `POST /<call>`, as the master does it. */
export async function ask(endpoint: Endpoint, call: string, body: unknown): Promise<Reply> {
  const answer = await post(endpoint, `/${call}`, body);
  if (answer === 'no reply') return answer;
  const { status, body: reply } = answer;
  return status === 200 ? (JSON.parse(reply) as [boolean, unknown]) : { status };
}

/** The same over JSON-RPC, the answer put as on Ganeti's wire. */
export async function askJsonRpc(
  endpoint: Endpoint,
  method: string,
  params: readonly unknown[],
): Promise<Reply> {
  const message = { jsonrpc: '2.0', id: 1, method, params };
  const answer = await post(endpoint, '/jsonrpc', message);
  if (answer === 'no reply') return answer;
  const { status, body } = answer;
  if (status !== 200) return { status };
  const { result, error } = JSON.parse(body) as {
    result?: unknown;
    error?: { message: string };
  };
  return error === undefined ? [true, result] : [false, error.message];
}

/** One connection a call: Ganeti's daemon keeps none. */
async function post(
  endpoint: Endpoint,
  path: string,
  body: unknown,
): Promise<HttpReply | 'no reply'> {
  const connection = await WireConnection.open(endpoint);
  try {
    return await connection.post(path, asciiJson(body));
  } catch (error) {
    if (error instanceof ConnectionClosed) return 'no reply';
    throw error;
  } finally {
    connection.close();
  }
}

/** As the master writes it. */
function asciiJson(body: unknown): string {
  return JSON.stringify(body).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
