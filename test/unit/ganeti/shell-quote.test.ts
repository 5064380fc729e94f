import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { shellCommand, shellQuote } from '../../../src/ganeti/shell-quote.js';

describe('shellQuote', () => {
  it('leaves alone what needs no quotes', () => {
    expect(shellQuote('/var/lib/ganeti-1.2_x,y=z:a+b@c')).to.equal(
      '/var/lib/ganeti-1.2_x,y=z:a+b@c',
    );
  });

  for (const word of ['', "it's", '$(id)', '`id`', 'a b', '*', '~', '"', '\\', 'a\nb', '&', '-x;'])
    it(`hands ${JSON.stringify(word)} to a program as it is`, () => {
      for (const shell of ['sh', 'bash']) {
        const output = execFileSync(shell, ['-c', shellCommand(['printf', '%s', word])]);
        expect(output.toString()).to.equal(word);
      }
    });
});
