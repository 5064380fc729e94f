import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { NoLoopDeviceError } from '../../../../src/system/device/loop-nodes.js';
import { HelperError } from '../../../../src/system/helper/failures.js';
import { Helper } from '../../../../src/system/helper/helper.js';
import { Helpers } from '../../../../src/system/helper/helpers.js';
import { onStep, type Step } from '../../../../src/system/kernel/steps.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import type { Trials } from '../../../support/programs/trying-helper.js';
import { failureOf } from '../../storage/fixtures.js';

const PROGRAM = fileURLToPath(
  new URL('../../../support/programs/trying-helper.js', import.meta.url),
);
const WAIT = { waitsFor: '/disk', timeoutMs: 20_000 };

/** With real processes. */
describe('Helpers and their processes', function () {
  this.timeout(60_000);
  let helpers: Helpers<Trials>;
  beforeEach(() => {
    helpers = new Helpers<Trials>({ launch: (events) => new Helper(PROGRAM, events) });
  });
  afterEach(() => helpers.close());

  it('carry out a job', async () => {
    expect(await helpers.run('add', { a: 2, b: 3 }, WAIT)).to.equal(5);
  });

  it('fail with what a job fails with: code, path and all', async () => {
    const error = await failureOf(helpers.run('read', { path: '/nowhere' }, WAIT));
    expect(error).to.include({ code: 'ENOENT', syscall: 'open', path: '/nowhere', errno: -2 });
    expect(error.message).to.equal("ENOENT: no such file or directory, open '/nowhere'");
  });

  it('fail with the class that a job fails with', async () => {
    const error = await failureOf(helpers.run('failOfOwnClass', undefined, WAIT));
    expect(error).to.be.instanceOf(NoLoopDeviceError);
    expect(error.message).to.equal('no loop device is available: none is left');
  });

  it('have nothing of ours: no environment, no descriptors but the channel, no protection', async () => {
    process.env['SECRET'] = 'x';
    openSync('/etc/passwd', 'r');
    const { env, descriptors, oomScore } = await helpers.run('surroundings', undefined, WAIT);
    delete process.env['SECRET'];
    expect(env).not.to.include.keys('SECRET', 'NODE_OPTIONS');
    expect(
      descriptors.filter((target) => target.startsWith('/') && target !== '/dev/null'),
    ).to.deep.equal([]);
    expect(oomScore).to.equal('0');
  });

  it('tell each step of a job, before it is over', async () => {
    const steps: Step[] = [];
    const end = onStep((step) => steps.push(step));
    const error = failureOf(helpers.run('hang', undefined, { ...WAIT, timeoutMs: 2_000 }));
    await eventually(() => steps.length > 0);
    end();
    expect(steps).to.deep.equal([{ name: 'hanging', subject: 'here', isForwarded: true }]);
    expect((await error).message).to.equal('no answer from /disk within 2 s');
    await eventually(() => helpers.counts.alive === 0);
    expect(helpers.counts).to.deep.equal({ alive: 0, stuck: 0, givenUp: 1, jobs: 1 });
  });

  it('say that one has ended, and go on with another', async () => {
    const error = await failureOf(helpers.run('end', undefined, WAIT));
    expect(error).to.be.instanceOf(HelperError);
    expect(error.message).to.equal('the helper that worked on /disk was ended by SIGKILL');
    expect(await helpers.run('add', { a: 1, b: 1 }, WAIT)).to.equal(2);
  });

  it('end when they are let go of', async () => {
    const { pid } = await helpers.run('surroundings', undefined, WAIT);
    await helpers.close();
    expect(helpers.counts.alive).to.equal(0);
    expect(() => process.kill(pid, 0)).to.throw('ESRCH');
    expect((await failureOf(helpers.run('add', { a: 1, b: 1 }, WAIT))).message).to.equal(
      'the daemon is stopping',
    );
  });

  it('say why none could be started', async () => {
    const none = new Helpers<Trials>({ launch: (events) => new Helper('/nowhere.js', events) });
    const error = await failureOf(none.run('add', { a: 1, b: 1 }, WAIT));
    expect(error.message).to.equal('a helper could not be started: exited with exit code 1');
    await none.close();
  });
});
