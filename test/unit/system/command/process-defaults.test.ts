import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { withPlainOomScore } from '../../../../src/system/command/process-defaults.js';

const SCORE_FILE = '/proc/self/oom_score_adj';
/** Everybody may be ended before others; to be spared takes a capability that containers do not have. */
const OWN = '300';

function score(): string {
  return readFileSync(SCORE_FILE, 'latin1').trim();
}

describe('withPlainOomScore', () => {
  const before = score();
  afterEach(() => {
    writeFileSync(SCORE_FILE, before);
  });

  it('starts what counts like any other process, and has its own score again', () => {
    writeFileSync(SCORE_FILE, OWN);
    const started = withPlainOomScore(() =>
      execFileSync('cat', [SCORE_FILE], { encoding: 'utf8' }),
    );
    expect(started).to.equal('0\n');
    expect(score()).to.equal(OWN);
  });

  it('has its own score again also when nothing could be started', () => {
    writeFileSync(SCORE_FILE, OWN);
    const start = () => {
      throw new Error('no such program');
    };
    expect(() => withPlainOomScore(start)).to.throw('no such program');
    expect(score()).to.equal(OWN);
  });
});
