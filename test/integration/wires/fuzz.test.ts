import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { after, it } from 'mocha';
import { CallSchemas } from '../../../src/rpc/schemas/call-schemas.js';
import { describeFinding } from '../../../tools/fuzz/findings.js';
import { ThrowAwayHost } from '../../../tools/fuzz/host/throw-away-host.js';
import { describeAsRoot } from '../../support/node/suite.js';

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
    // However slow the machine is, each call gets a request.
    const count = Object.values(report.requests).reduce((sum, one) => sum + one, 0);
    expect(count).to.be.at.least(CallSchemas.load().names().length);
    expect(report.succeeded).not.to.be.empty;
    for (const change of ['raw HTTP', 'raw TLS', 'raw HTTP in TLS'])
      expect(report.changes[change], change).to.be.above(0);
  }).timeout(TIMEOUT_MS);
});
