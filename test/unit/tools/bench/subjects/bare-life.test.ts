import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseLife } from '../../../../../tools/bench/subjects/bare-life.js';

describe('parseLife', () => {
  it('reads microseconds as milliseconds', () => {
    expect(parseLife('12345 678\n')).to.deep.equal({ start: 12.345, stop: 0.678 });
  });

  for (const text of ['', '12345\n', '1 -2\n', '1 2\n3 4\n'])
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseLife(text)).to.throw('ended with');
    });
});
