import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  checkVerified,
  clusterFigures,
  parseJobs,
} from '../../../../../tools/bench/rows/cluster.js';

/** What Ganeti's client says in the end. */
const TIMES = 'C:op        2\nC:job       2\nT:submit 0.3428\nT:exec   0.5519\nT:total  0.8946\n';

describe('parseJobs', () => {
  it('reads the seconds of all of it', () => {
    expect(parseJobs(`Executing...\n${TIMES}`, 2)).to.equal(0.8946);
  });

  it('refuses jobs that have failed', () => {
    expect(() => parseJobs(`Job 47 for file x has failed: no\n${TIMES}`, 2)).to.throw(
      'not all of 2',
    );
  });

  it('refuses another number of jobs', () => {
    expect(() => parseJobs(TIMES, 3)).to.throw('not all of 3');
  });

  it('refuses an output without times', () => {
    expect(() => parseJobs('C:job 2\n', 2)).to.throw('not all of 2');
  });
});

describe('checkVerified', () => {
  const verified = (line: string) => () => {
    checkVerified(`* Verifying cluster config\n${line}\n* Hooks Results\n`);
  };

  it('accepts what is known of the kernel', () => {
    expect(verified('')).not.to.throw();
    expect(verified('  - ERROR: node n: the file /proc/sysrq-trigger')).not.to.throw();
  });

  it('refuses any other complaint', () => {
    expect(verified('  - ERROR: node n: no answer')).to.throw('no answer');
  });

  it('refuses one that did not get to its end', () => {
    expect(() => {
      checkVerified('* Verifying cluster config\n');
    }).to.throw('has failed');
  });
});

describe('clusterFigures', () => {
  const costs = {
    stock: [{ whole: 10, daemons: 3 }],
    ours: [
      { whole: 8, daemons: 1 },
      { whole: 6, daemons: 2 },
      { whole: 9, daemons: 3 },
    ],
  };

  it('shows the whole time and that of the daemons, the middle of all rounds', () => {
    const [whole, daemons] = clusterFigures('verify', costs);
    expect(whole).to.include({ what: 'verify', unit: 's', stock: 10, ours: 8 });
    expect(whole?.targets.map(({ text }) => text)).to.deep.equal(['<= 0.8x of stock']);
    expect(daemons).to.include({ unit: 's', stock: 3, ours: 2 });
    expect(daemons?.what).to.equal('processor time of the node daemons, verify');
  });

  it('says how much of it no daemon can win', () => {
    const [, daemons] = clusterFigures('verify', costs);
    expect(daemons?.note).to.match(/stock 7\.0 s, ours 6\.0 s$/);
  });
});
