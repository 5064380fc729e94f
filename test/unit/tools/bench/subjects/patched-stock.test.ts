import { expect } from 'chai';
import { describe, it } from 'mocha';
import { patched } from '../../../../../tools/bench/subjects/patched-stock.js';

const PATCHES = [
  { bug: 'it barks', broken: 'bark()', patched: 'return "$&"' },
  { bug: 'it bites', broken: 'bite(', patched: 'lick(' },
];

describe('patched', () => {
  it('does each patch, as it is written', () => {
    expect(patched('a: bark()\nb: bite(1)\n', PATCHES)).to.equal('a: return "$&"\nb: lick(1)\n');
  });

  it('leaves a text as it is that is patched already', () => {
    const once = patched('a: bark()\nb: bite(1)\n', PATCHES);
    expect(patched(once, PATCHES)).to.equal(once);
  });

  it('refuses a text in which a patch has no place', () => {
    expect(() => patched('a: bark()\n', PATCHES)).to.throw('0 places where it bites');
  });

  it('refuses a text in which a patch has two places', () => {
    expect(() => patched('bark() bark() bite(', PATCHES)).to.throw('2 places where it barks');
  });
});
