import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import { decodedContent, type EncodedContent } from '../../../../src/node/files/encoded-content.js';
import { failureOf } from '../../storage/fixtures.js';
import { recordedParams } from '../fixtures.js';

const MIB = 1024 * 1024;

async function decode(content: EncodedContent, limitBytes?: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of decodedContent(content, limitBytes)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function compressed(data: string | Buffer): EncodedContent {
  return [1, deflateSync(data).toString('base64')];
}

describe('decodedContent', () => {
  it('gives plain text as it is', async () => {
    expect(String(await decode([0, 'hëllo\n']))).to.equal('hëllo\n');
    expect(String(await decode([0, '']))).to.equal('');
    // Pairs of surrogates lie across every place where it could be cut.
    for (const text of [`x${'\u{1f600}'.repeat(MIB)}`, '\u{1f600}'.repeat(MIB)])
      expect((await decode([0, text])).equals(Buffer.from(text))).to.be.true;
  });

  it('opens what was compressed', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index) % 251));
    expect((await decode(compressed(bytes))).equals(bytes)).to.be.true;
    expect(String(await decode(compressed('')))).to.equal('');
    for (const length of [1, 2048, 128 * 1024, 128 * 1024 + 1, MIB])
      expect((await decode(compressed(Buffer.alloc(length)))).length).to.equal(length);
  });

  it('opens a recorded cluster configuration', async () => {
    const [[, content] = []] = recordedParams('upload_file_single');
    const config: unknown = JSON.parse(String(await decode(content as EncodedContent)));
    expect(config).to.have.property('cluster');
  });

  it('refuses what is broken', async () => {
    const [, text] = compressed('x'.repeat(100_000) + String(Math.random()));
    for (const broken of [text.slice(0, -8), `A${text.slice(1)}`, '!!!', 'AAAA', '']) {
      const error = await failureOf(decode([1, broken]));
      expect(error, broken.slice(0, 8)).to.be.instanceOf(RpcFailure);
      expect(error.message).to.match(/^The content cannot be decompressed: /);
    }
    expect((await failureOf(decode([2, 'x']))).message).to.equal('Unknown data encoding 2');
  });

  it('refuses plain text beyond the limit', async () => {
    expect((await failureOf(decode([0, 'äa'], 2))).message).to.equal(
      'The content is larger than 2 bytes',
    );
    expect(String(await decode([0, 'ä'], 2))).to.equal('ä');
  });

  it('refuses a bomb at the limit, with flat memory and without holding up others', async () => {
    const bomb = compressed(Buffer.alloc(256 * MIB));
    expect(bomb[1].length).to.be.below(MIB);
    const before = process.memoryUsage();
    let peakBytes = 0;
    let ticks = 0;
    const timer = setInterval(() => {
      ticks++;
      const { rss } = process.memoryUsage();
      peakBytes = Math.max(peakBytes, rss - before.rss);
    }, 5);
    let lengthBytes = 0;
    const work = (async () => {
      for await (const piece of decodedContent(bomb, 64 * MIB)) lengthBytes += piece.length;
    })();
    const error = await failureOf(work);
    clearInterval(timer);
    expect(error.message).to.equal(`The content is larger than ${String(64 * MIB)} bytes`);
    expect(lengthBytes).to.be.at.most(64 * MIB);
    expect(peakBytes).to.be.below(48 * MIB);
    expect(ticks).to.be.above(2);
  }).timeout(10_000);
});
