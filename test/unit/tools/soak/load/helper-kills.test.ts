import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { Random } from '../../../../../tools/kit/random.js';
import { keepKillingHelpers } from '../../../../../tools/soak/load/helper-kills.js';
import { Tally } from '../../../../../tools/soak/tally.js';

describe('keepKillingHelpers', () => {
  let child: ChildProcess | undefined;
  afterEach(() => child?.kill('SIGKILL'));

  it('kills what is there, counts it, and ends when all is over', async () => {
    const helper = spawn('sleep', ['1000'], { stdio: 'ignore' });
    child = helper;
    const exit = once(helper, 'exit');
    const tally = new Tally();
    const isOver = () => helper.signalCode !== null;
    const daemon = { helpers: [helper.pid ?? 0], hasReadyHelper: true };
    await keepKillingHelpers({ daemon, tally, random: new Random(1) }, isOver);
    expect(await exit).to.deep.equal([null, 'SIGKILL']);
    expect(tally.of('helpers killed')).to.equal(1);
  });

  it('waits while no helper has started', async () => {
    const tally = new Tally();
    const helper = spawn('sleep', ['1000'], { stdio: 'ignore' });
    child = helper;
    let rounds = 0;
    const daemon = { helpers: [helper.pid ?? 0], hasReadyHelper: false };
    await keepKillingHelpers({ daemon, tally, random: new Random(1) }, () => rounds++ > 0);
    expect([tally.of('helpers killed'), helper.signalCode]).to.deep.equal([0, null]);
  });

  it('counts nobody who is gone already', async () => {
    const tally = new Tally();
    const helper = spawn('true', { stdio: 'ignore' });
    await once(helper, 'exit');
    let rounds = 0;
    const daemon = { helpers: [helper.pid ?? 0], hasReadyHelper: true };
    await keepKillingHelpers({ daemon, tally, random: new Random(1) }, () => rounds++ > 0);
    expect(tally.of('helpers killed')).to.equal(0);
  });
});
