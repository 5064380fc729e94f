import { pipeline } from 'node:stream';
import { createInflate, inflateSync } from 'node:zlib';
import { errorCode } from '../../base/errno.js';
import { messageOf } from '../../base/errors.js';
import { RpcFailure } from '../../base/errors.js';

/** What a file's content becomes for the wire: how it is encoded, and the encoded text (Ganeti: rpc.node._Compress). */
export type EncodedContent = readonly [encoding: number, text: string];

/** Ganeti: constants.RPC_ENCODING_NONE, RPC_ENCODING_ZLIB_BASE64 */
const PLAIN = 0;
const ZLIB_BASE64 = 1;

/** No file of Ganeti's comes near: a configuration of a thousand instances has some 10 MiB. */
export const DEFAULT_CONTENT_LIMIT_BYTES = 64 * 1024 * 1024;

/** Of base64 at a time: a multiple of 4, so that no character is torn from its group. */
const SLICE_LENGTH = 64 * 1024;
/** Of plain text at a time: about a millisecond's work. */
const PLAIN_LENGTH = 1024 * 1024;
/** What opens to no more is opened in one go, in a fraction of a millisecond: pieces would take several times as long. */
const SMALL_BYTES = 128 * 1024;

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
  if (encoding === PLAIN) return plainPieces(text);
  if (encoding === ZLIB_BASE64) return inflated(text);
  throw new RpcFailure(`Unknown data encoding ${encoding}`);
}

/** One large piece would hold up all other calls while it is made. */
function* plainPieces(text: string): Generator<Uint8Array, void, undefined> {
  for (let start = 0, end; start < text.length; start = end) {
    end = Math.min(start + PLAIN_LENGTH, text.length);
    // The halves of a surrogate pair make one character.
    if (end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1))) end++;
    yield Buffer.from(text.slice(start, end));
  }
}

async function* inflated(base64: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const small = base64.length > SLICE_LENGTH ? undefined : inflatedAtOnce(base64);
    if (small === undefined) yield* inflatedPieces(base64);
    else yield small;
  } catch (error) {
    const reason = messageOf(error);
    throw new RpcFailure(`The content cannot be decompressed: ${reason}`, { cause: error });
  }
}

/** Undefined when it opens to more than what is small. */
function inflatedAtOnce(base64: string): Uint8Array | undefined {
  try {
    return inflateSync(Buffer.from(base64, 'base64'), { maxOutputLength: SMALL_BYTES });
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}

async function* inflatedPieces(base64: string): AsyncGenerator<Uint8Array, void, undefined> {
  const inflate = createInflate();
  // The error reaches the loop below, which reads to the end.
  pipeline(slices(base64), inflate, () => undefined);
  for await (const piece of inflate) yield piece as Uint8Array;
}

function* slices(base64: string): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < base64.length; start += SLICE_LENGTH)
    yield Buffer.from(base64.slice(start, start + SLICE_LENGTH), 'base64');
}
