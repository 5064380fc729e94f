import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { it } from 'mocha';
import { isAlive } from '../../../../tools/kit/machine/processes.js';
import { failureOf } from '../../../support/failure.js';
import { processOf } from '../../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const JUMPING_CLOCK = new URL('../../../support/programs/jumping-clock.js', import.meta.url).href;
const START_TIMEOUT_S = 2;
/** More than any of these limits, and far less than the clock jumps. */
const LATE_MS = 30_000;

const script = (start: string) => `#!/bin/sh
[ "$1" = start ] || exit 0
${start}
`;
const QUIET = '</dev/null >/dev/null 2>&1';

/** How long `work` takes, by a clock that does not jump. */
async function millisecondsOf(work: Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work;
  return performance.now() - begin;
}

describeAsRoot('a daemon whose clock jumps by years, many times a second', () => {
  const env = { NODE_OPTIONS: `--import=${JUMPING_CLOCK}` };
  const node = useNode({ chroot: { startTimeout: START_TIMEOUT_S } }, () => ({ env }));

  it('ends a script that never ends at its time limit, neither sooner nor later', async () => {
    const instance = await node().makeDisk('inst1', { script: script('sleep 100000') });
    const failure = failureOf(node().start(instance));
    expect(await millisecondsOf(failure)).to.be.within(START_TIMEOUT_S * 1000 - 1, LATE_MS);
    expect((await failure).message).to.match(/start script: timed out after 2 s/);
  });

  it('gives processes as long to end as it was told, and then kills them', async () => {
    const deaf = script(`(trap '' TERM; exec sleep 100000) ${QUIET} &`);
    const instance = await node().makeDisk('inst1', { script: deaf });
    await node().start(instance);
    const pid = await processOf(node(), 'inst1');
    const stopped = node().shutdown(instance, 2);
    expect(await millisecondsOf(stopped)).to.be.within(1999, LATE_MS);
    expect(isAlive(pid)).to.equal(false);
  });

  it('gives a reboot as long as it was told', async () => {
    const deaf = script(`(trap '' TERM; exec sleep 100000) ${QUIET} &`);
    const instance = await node().makeDisk('inst1', { script: deaf });
    await node().start(instance);
    const pid = await processOf(node(), 'inst1');
    const rebooted = node().call('instance_reboot', [instance, 'soft', 3, []]);
    expect(await millisecondsOf(rebooted)).to.be.within(2999, LATE_MS);
    expect(isAlive(pid)).to.equal(false);
    await node().shutdown(instance, 0);
  });

  it('takes instances through their lives, and keeps callers waiting as long as they ask', async () => {
    const instances = await node().crowd(5);
    await Promise.all(instances.map((instance) => node().start(instance)));
    expect(await node().running()).to.have.lengthOf(5);
    const delay = node().call('test_delay', [1]);
    expect(await millisecondsOf(delay)).to.be.within(999, LATE_MS);
    await Promise.all(instances.map((instance) => node().shutdown(instance)));
    expect(await node().running()).to.deep.equal([]);
    const log = await readFile(join(node().stateDir, 'log/node-daemon.log'), 'utf8');
    const years = new Set(Array.from(log.matchAll(/"timestamp":"(\d+)-/g), ([, year]) => year));
    expect(years.size, 'years in the log').to.be.above(2);
  });
});
