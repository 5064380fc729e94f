import { expect } from 'chai';
import { describe, it } from 'mocha';
import { mended } from '../../../../../tools/bench/subjects/mended-stock.js';

const MENDS = [
  { bug: 'it barks', broken: 'bark()', mended: 'return "$&"' },
  { bug: 'it bites', broken: 'bite(', mended: 'lick(' },
];

describe('mended', () => {
  it('does each mend, as it is written', () => {
    expect(mended('a: bark()\nb: bite(1)\n', MENDS)).to.equal('a: return "$&"\nb: lick(1)\n');
  });

  it('leaves a text as it is that is mended already', () => {
    const once = mended('a: bark()\nb: bite(1)\n', MENDS);
    expect(mended(once, MENDS)).to.equal(once);
  });

  it('refuses a text in which a mend has no place', () => {
    expect(() => mended('a: bark()\n', MENDS)).to.throw('0 places where it bites');
  });

  it('refuses a text in which a mend has two places', () => {
    expect(() => mended('bark() bark() bite(', MENDS)).to.throw('2 places where it barks');
  });
});
