import { pipeline } from 'node:stream';
import { createInflate } from 'node:zlib';
import { RpcFailure } from '../errors.js';

/** What a file's content becomes for the wire: how it is encoded, and the encoded text (Ganeti: rpc.node._Compress). */
export type EncodedContent = readonly [encoding: number, text: string];

/** Ganeti: constants.RPC_ENCODING_NONE, RPC_ENCODING_ZLIB_BASE64 */
const PLAIN = 0;
const ZLIB_BASE64 = 1;

/** No file of Ganeti's comes near: a configuration of a thousand instances has some 10 MiB. */
export const DEFAULT_CONTENT_LIMIT_BYTES = 64 * 1024 * 1024;

/** Of base64 at a time: a multiple of 4, so that no character is torn from its group. */
const SLICE_LENGTH = 64 * 1024;

/**
 * The bytes of a file that came over the wire, piece by piece: however much it would open to, no more than a piece of it
 * is in memory, and zlib works outside of the event loop (Ganeti: backend._Decompress).
 *
 * @throws RpcFailure when it is broken, or more than `limitBytes`; by then some pieces may have been given out
 */
export async function* decodedContent(
  [encoding, text]: EncodedContent,
  limitBytes = DEFAULT_CONTENT_LIMIT_BYTES,
): AsyncGenerator<Uint8Array, void, undefined> {
  let lengthBytes = 0;
  for await (const piece of pieces(encoding, text)) {
    lengthBytes += piece.length;
    if (lengthBytes > limitBytes)
      throw new RpcFailure(`The content is larger than ${limitBytes} bytes`);
    yield piece;
  }
}

function pieces(encoding: number, text: string): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (encoding === PLAIN) return [Buffer.from(text)];
  if (encoding === ZLIB_BASE64) return inflated(text);
  throw new RpcFailure(`Unknown data encoding ${encoding}`);
}

async function* inflated(base64: string): AsyncGenerator<Uint8Array, void, undefined> {
  const inflate = createInflate();
  // The error reaches the loop below, which reads to the end.
  pipeline(slices(base64), inflate, () => undefined);
  try {
    for await (const piece of inflate) yield piece as Uint8Array;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RpcFailure(`The content cannot be decompressed: ${reason}`, { cause: error });
  }
}

function* slices(base64: string): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < base64.length; start += SLICE_LENGTH)
    yield Buffer.from(base64.slice(start, start + SLICE_LENGTH), 'base64');
}
