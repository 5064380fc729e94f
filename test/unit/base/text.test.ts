import { expect } from 'chai';
import { describe, it } from 'mocha';
import { escapeControl } from '../../../src/base/text.js';

describe('escapeControl', () => {
  it('makes visible what steers a terminal', () => {
    expect(escapeControl('\x1b[2J\r\t\0\x7f\x9b1m')).to.equal(
      '\\x1b[2J\\x0d\\x09\\x00\\x7f\\x9b1m',
    );
    expect(escapeControl('a\u2028b\u2029')).to.equal('a\\x2028b\\x2029');
  });

  it('leaves line breaks and all other text', () => {
    const text = 'Größe: 10 €\n“ok” 🙂\n';
    expect(escapeControl(text)).to.equal(text);
  });
});
