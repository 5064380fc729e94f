import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import { NodePower } from '../../../../src/node/machine/node-power.js';
import { recordingLogger } from '../../rpc/fakes.js';

describe('NodePower.schedulePowercycle', () => {
  let log: ReturnType<typeof recordingLogger>;
  let cycles: number;
  beforeEach(() => {
    log = recordingLogger();
    cycles = 0;
  });

  function nodePower(delayMs?: number, checkEnabled: () => void = () => undefined): NodePower {
    const { logger } = log;
    return new NodePower({ checkEnabled, logger, ...(delayMs === undefined ? {} : { delayMs }) });
  }

  function powercycle(): Promise<void> {
    cycles++;
    return Promise.resolve();
  }

  it('answers first and acts later', async () => {
    expect(nodePower(10).schedulePowercycle(powercycle)).to.equal(
      'Reboot scheduled in 0.01 seconds',
    );
    expect(cycles).to.equal(0);
    await delay(30);
    expect(cycles).to.equal(1);
  });

  it('only logs what becomes of it later', async () => {
    const failing = () => Promise.reject(new Error('no reboot'));
    nodePower(0).schedulePowercycle(failing);
    await delay(20);
    expect(log.lines).to.deep.equal([
      { level: 'error', message: 'power-cycling failed', reason: 'no reboot' },
    ]);
  });

  it('promises nothing when it is switched off', async () => {
    const power = nodePower(0, () => {
      throw new HypervisorError('switched off');
    });
    expect(() => power.schedulePowercycle(powercycle)).to.throw(HypervisorError, 'switched off');
    await delay(10);
    expect(cycles).to.equal(0);
  });
});
