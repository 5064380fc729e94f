import { expect } from 'chai';
import { describe, it } from 'mocha';
import { safeEncode } from '../../../src/base/text.js';

describe('safeEncode', () => {
  it('keeps printable ASCII, backslashes and quotes too', () => {
    expect(safeEncode(`a ~\\n'"`)).to.equal(`a ~\\n'"`);
  });

  it('writes all else as backslash sequences', () => {
    expect(safeEncode('\t\n\r\0\u001b\u007f')).to.equal('\\t\\n\\r\\x00\\x1b\\x7f');
    expect(safeEncode('ä€😀\u2028')).to.equal('\\xe4\\u20ac\\U0001f600\\u2028');
  });
});
