import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { TrackingHierarchy } from '../../../../src/system/cgroup/tracking.js';
import { whenEmpty } from '../../../../src/system/cgroup/when-empty.js';

describe('whenEmpty', () => {
  let directory: string;
  let isPopulated: boolean;
  let looks: number;
  let controller: AbortController;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    await writeFile(join(directory, 'cgroup.events'), 'populated 1\n');
    [isPopulated, looks, controller] = [true, 0, new AbortController()];
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  function wait({ isWatchable = true } = {}): Promise<void> {
    const tracking: TrackingHierarchy = {
      path: directory,
      isWatchable,
      isPopulated: () => {
        looks++;
        return Promise.resolve(isPopulated);
      },
      kill: () => Promise.resolve(),
    };
    return whenEmpty(tracking, directory, controller.signal);
  }

  async function empty(): Promise<void> {
    isPopulated = false;
    await writeFile(join(directory, 'cgroup.events'), 'populated 0\n');
  }

  it('does not wait for a group that is empty', async () => {
    isPopulated = false;
    await wait();
    expect(looks).to.equal(1);
  });

  it('waits until the kernel says so, and looks only then', async () => {
    const waiting = wait();
    await delay(50);
    expect(looks).to.equal(1);
    await empty();
    await waiting;
    expect(looks).to.be.within(2, 3);
  });

  it('goes on when something else has changed', async () => {
    const waiting = wait();
    await delay(5);
    await writeFile(join(directory, 'cgroup.events'), 'populated 1\nfrozen 1\n');
    await delay(20);
    await empty();
    await waiting;
  });

  it('looks again and again where the kernel does not say it', async () => {
    const waiting = wait({ isWatchable: false });
    await delay(50);
    expect(looks).to.be.above(1);
    isPopulated = false;
    await waiting;
  });

  it('ends when nobody wants to know any more', async () => {
    const waiting = [wait(), wait({ isWatchable: false })];
    await delay(5);
    controller.abort();
    await Promise.all(waiting);
  });

  it('looks also where there is nothing to be watched', async () => {
    await rm(directory, { recursive: true });
    const waiting = wait();
    await delay(20);
    isPopulated = false;
    await waiting;
  });
});
