import { request, type RequestOptions } from 'node:http';
import { DAEMON_PORT } from '../host/host-daemon.js';
import type { FuzzRequest } from './requests.js';

/** What came back over HTTP. */
export interface FuzzReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Longer than any call of a fuzzed request may take. */
export const ANSWER_TIMEOUT_MS = 60_000;

/** Nothing came back in time. */
export class NoAnswerError extends Error {}

/**
 * Sends the request over a connection of its own.
 *
 * @throws NoAnswerError, or the error of a connection that broke
 */
export async function send(fuzzed: FuzzRequest, socketPath: string): Promise<FuzzReply> {
  const { method, path, headers, body, isBinary, wire } = fuzzed;
  const target: RequestOptions =
    wire === 'unix' ? { socketPath } : { host: '127.0.0.1', port: DAEMON_PORT };
  const bytes = Buffer.from(body, isBinary ? 'latin1' : 'utf8');
  const length = 'transfer-encoding' in headers ? {} : { 'content-length': bytes.length };
  return new Promise((resolve, reject) => {
    const options = { ...target, method, path, headers: { ...length, ...headers }, agent: false };
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const { statusCode = 0, headers: received } = response;
        const contentType = received['content-type'] ?? '';
        resolve({
          status: statusCode,
          contentType,
          body: Buffer.concat(chunks).toString('latin1'),
        });
      });
    });
    sent.once('error', reject);
    sent.setTimeout(ANSWER_TIMEOUT_MS, () => {
      sent.destroy(new NoAnswerError(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`));
    });
    sent.end(bytes);
  });
}
