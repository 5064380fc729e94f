import type { IncomingMessage, ServerResponse } from 'node:http';

/** The body is longer than the limit. */
export class BodyTooLargeError extends Error {
  constructor(limitBytes: number) {
    super(`The body is longer than ${String(limitBytes)} bytes`);
    this.name = 'BodyTooLargeError';
  }
}

/** The caller went away, or took too long, before all of the body was there. */
export class BodyLostError extends Error {
  constructor(cause?: Error) {
    super('The body did not arrive', { cause });
    this.name = 'BodyLostError';
  }
}

/**
 * Reads the whole body. A length over the limit is refused before anything is read, also before a caller that asks
 * whether it may send (`Expect: 100-continue`) is told to go on.
 *
 * @throws BodyTooLargeError or BodyLostError
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limitBytes: number,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes)
    return Promise.reject(new BodyTooLargeError(limitBytes));
  if (request.headers.expect !== undefined) response.writeContinue();
  return collect(request, limitBytes);
}

function collect(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) chunks.push(chunk);
      else {
        request.pause();
        reject(new BodyTooLargeError(limitBytes));
      }
    });
    request.once('end', () => {
      resolve(Buffer.concat(chunks));
    });
    request.once('error', (error) => {
      reject(new BodyLostError(error));
    });
    request.once('close', () => {
      if (!request.readableEnded) reject(new BodyLostError());
    });
  });
}
