import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseCandidateMap } from '../../../../src/rpc/peers/candidate-map.js';

const DIGEST = Array.from({ length: 20 }, (_, index) => (index + 10).toString(16).padStart(2, '0'))
  .join(':')
  .toUpperCase();
const OTHER = DIGEST.replace(/^0A/, 'FF');

describe('parseCandidateMap', () => {
  it('reads a digest for each node', () => {
    const map = parseCandidateMap(`258124ea-7836=${DIGEST}\n9c2d=${OTHER}\n`);
    expect([...(map ?? [])]).to.deep.equal([
      ['258124ea-7836', DIGEST],
      ['9c2d', OTHER],
    ]);
  });

  it('reads a last line without an end', () => {
    expect(parseCandidateMap(`bootstrap=${DIGEST}`)?.get('bootstrap')).to.equal(DIGEST);
  });

  for (const text of [undefined, '', '\n', '\n\n'])
    it(`takes ${JSON.stringify(text)} for no map`, () => {
      expect(parseCandidateMap(text)).to.be.undefined;
    });

  const garbled = [
    ' ',
    '\0',
    'a',
    'a=',
    `=${DIGEST}`,
    `a=${DIGEST.slice(0, -1)}`,
    `a=${DIGEST}:`,
    `a=${DIGEST.toLowerCase()}`,
    `a=${DIGEST}\r\n`,
    `a=${DIGEST}\n\nb=${OTHER}\n`,
    `a=${DIGEST}\nb=${OTHER.slice(0, 20)}`,
    `a=b=${DIGEST}`,
    `a b=${DIGEST}`,
    `a=${DIGEST}=`,
    DIGEST,
    '{"a": "b"}',
  ];
  for (const text of garbled)
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseCandidateMap(text)).to.throw(/^Line \d is not/);
    });
});
