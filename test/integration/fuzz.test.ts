import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { after, it } from 'mocha';
import { describeFinding } from '../support/fuzz/findings.js';
import { ThrowAwayHost } from '../support/fuzz/throw-away-host.js';
import { describeAsRoot } from '../support/suite.js';

/** For all calls together, and what making the host and waiting for slow calls may add on a busy machine. */
const FUZZING_MS = 30_000;
const TIMEOUT_MS = 600_000;
const LARGEST_SEED = 2 ** 31;

describeAsRoot('Fuzzed requests', () => {
  const host = new ThrowAwayHost();
  after(() => host.close());

  const seed = randomInt(LARGEST_SEED);
  it(`are all answered properly (seed ${seed}; scripts/fuzz --seed ${seed} goes on longer)`, async () => {
    const options = { seed, milliseconds: FUZZING_MS, calls: [] };
    const report = await host.run(options, () => undefined);
    expect(report.findings.map((finding) => describeFinding(finding, seed)).join('\n')).to.equal(
      '',
    );
    // Else the host is not what the words of the requests are made for.
    expect(report.succeeded).to.include.members(['instance_start', 'blockdev_grow', 'export_list']);
  }).timeout(TIMEOUT_MS);
});
