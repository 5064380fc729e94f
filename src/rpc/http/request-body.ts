import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyShare } from '../admission/body-budget.js';

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

export interface BodyBounds {
  readonly limitBytes: number;
  /** From which the memory is taken. */
  readonly share: BodyShare;
}

/** Nearly all calls are shorter: they need not wait behind large ones, and all connections together hold few of them. */
export const SMALL_BODY_BYTES = 64 * 1024;

/**
 * Reads the whole body. A length over the limit is refused before anything is read, also before a caller that asks
 * whether it may send (`Expect: 100-continue`) is told to go on.
 *
 * @throws BodyTooLargeError, BodyLostError, or OverloadError when there is no memory for it
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { limitBytes, share }: BodyBounds,
): Promise<Buffer> {
  const { 'content-length': header, expect } = request.headers;
  const lengthBytes = Number(header ?? 0);
  if (lengthBytes > limitBytes) throw new BodyTooLargeError(limitBytes);
  if (lengthBytes > SMALL_BODY_BYTES) await share.take(lengthBytes);
  if (request.destroyed) throw new BodyLostError();
  if (expect !== undefined) response.writeContinue();
  return header === undefined
    ? collect(request, { limitBytes, share })
    : fill(request, Buffer.allocUnsafeSlow(lengthBytes));
}

/** Drops what has not been read. Resolves when all of it has come, or no more will. */
export async function passBy(request: IncomingMessage): Promise<void> {
  request.resume();
  if (request.readableEnded || request.destroyed) return;
  await new Promise<void>((resolve) => {
    request.once('end', resolve).once('close', resolve);
  });
}

/** To copy each piece as it comes is a little work many times; to join all of them would hold up everybody at once. */
async function fill(request: IncomingMessage, body: Buffer): Promise<Buffer> {
  let length = 0;
  await eachPiece(request, (piece) => {
    length += piece.copy(body, length);
    return undefined;
  });
  return body;
}

/** Of a body whose length nobody has told: as soon as it is not small, it counts as the longest there may be. */
async function collect(
  request: IncomingMessage,
  { limitBytes, share }: BodyBounds,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  await eachPiece(request, (piece) => {
    const wasSmall = length <= SMALL_BODY_BYTES;
    length += piece.length;
    if (length > limitBytes) throw new BodyTooLargeError(limitBytes);
    pieces.push(piece);
    return wasSmall && length > SMALL_BODY_BYTES ? share.take(limitBytes) : undefined;
  });
  return Buffer.concat(pieces);
}

/** @param take what it returns is waited for before more is read; when it fails, nothing more is */
function eachPiece(
  request: IncomingMessage,
  take: (piece: Buffer) => Promise<void> | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (error: Error) => {
      request.off('data', onData).pause();
      reject(error);
    };
    const onData = (piece: Buffer) => {
      try {
        const room = take(piece);
        if (room === undefined) return;
        request.pause();
        room.then(() => request.resume(), stop);
      } catch (error) {
        stop(error as Error);
      }
    };
    request.on('data', onData);
    request.once('end', resolve);
    request.once('error', (error) => {
      reject(new BodyLostError(error));
    });
    request.once('close', () => {
      if (!request.readableEnded) reject(new BodyLostError());
    });
  });
}
