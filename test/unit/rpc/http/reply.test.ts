import { expect } from 'chai';
import { describe, it } from 'mocha';
import { errorReply } from '../../../../src/rpc/http/reply.js';

describe('errorReply', () => {
  it('escapes what it is told', () => {
    const { body } = errorReply(400, `<script>"a" & 'b'</script>`);
    expect(body).to.include('&lt;script&gt;&quot;a&quot; &amp; &#x27;b&#x27;&lt;/script&gt;');
  });

  it('names the code', () => {
    expect(errorReply(404)).to.include({ status: 404 }).and.have.property('body').match(/404/);
  });
});
