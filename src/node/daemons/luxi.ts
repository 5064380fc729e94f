import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { RpcFailure } from '../../base/errors.js';

/** Ends each message (Ganeti: constants.LUXI_EOM). */
const END_OF_MESSAGE = '\x03';
/** The daemons of Ganeti that we ask answer in a few words. */
const LONGEST_ANSWER = 1024 * 1024;

/**
 * Asks one of Ganeti's daemons on its Unix socket (Ganeti: rpc.client.CallRPCMethod).
 *
 * @returns what it answers
 * @throws RpcFailure when it refuses, or does not answer in time; the system's error when it cannot be reached
 */
export async function callLuxi(
  socketPath: string,
  method: string,
  args: readonly unknown[],
  { timeoutMs }: { timeoutMs: number },
): Promise<unknown> {
  const socket = createConnection(socketPath);
  socket.setTimeout(timeoutMs, () => {
    socket.destroy(new RpcFailure('Receive timeout: timed out'));
  });
  try {
    await once(socket, 'connect');
    socket.write(JSON.stringify({ method, args }) + END_OF_MESSAGE);
    return parseAnswer(await readMessage(socket));
  } finally {
    socket.destroy();
  }
}

async function readMessage(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  for await (const piece of socket) {
    text += String(piece);
    const end = text.indexOf(END_OF_MESSAGE);
    if (end >= 0) return text.slice(0, end);
    if (text.length > LONGEST_ANSWER) break;
  }
  throw new RpcFailure('Connection closed while reading');
}

function parseAnswer(text: string): unknown {
  const answer = parseJson(text);
  if (!isAnswer(answer)) throw new RpcFailure('Invalid response from server');
  if (!answer.success) throw new RpcFailure(describe(answer.result));
  return answer.result;
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function isAnswer(value: unknown): value is { success: boolean; result: unknown } {
  return typeof value === 'object' && value !== null && 'success' in value && 'result' in value;
}

/** An exception of Ganeti comes as its class and what it was made of (Ganeti: errors.EncodeException). */
function describe(result: unknown): string {
  const words: unknown = Array.isArray(result) ? (result as unknown[])[1] : undefined;
  if (Array.isArray(words)) return words.map(String).join(', ');
  return typeof result === 'string' ? result : JSON.stringify(result);
}
