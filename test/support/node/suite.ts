import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { after, afterEach, before, describe } from 'mocha';
import type { NodedConfig } from '../../../src/generated/config.js';
import { readLayout } from '../../../src/system/cgroup/layout.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { Outsider } from '../machine/outsider.js';
import { type LaunchOptions, TestNode } from './test-node.js';

const IS_ROOT = process.getuid?.() === 0;

/** A suite with real mounts, devices and control groups; skipped, saying why, without the right to make them. */
export function describeAsRoot(title: string, suite: () => void): void {
  if (IS_ROOT) describe(title, suite);
  else describe.skip(`${title} (needs root: mounts, loop devices, control groups)`, suite);
}

/** Likewise, where the kernel has control groups of version 1 mounted: many hosts have version 2 alone. */
export function describeWithVersion1(title: string, suite: () => void): void {
  const { legacy } = readLayout(readFileSync('/proc/self/mountinfo', 'latin1'));
  if (legacy.has('freezer') && legacy.has('pids')) describeAsRoot(title, suite);
  else describe.skip(`${title} (needs control groups of version 1)`, suite);
}

/**
 * A node for all tests of a suite. After each of them nothing may be left of its instances, and at the end nothing at
 * all.
 *
 * @param launch called when the suite begins
 */
export function useNode(
  config: NodedConfig = {},
  launch: () => LaunchOptions | Promise<LaunchOptions> = () => ({}),
): () => TestNode {
  let node: TestNode | undefined;
  const running = () => {
    if (node === undefined) throw new Error('the node is there only while tests run');
    return node;
  };
  before(async () => {
    node = await TestNode.start(config, await launch());
  });
  afterEach(async function () {
    await Outsider.killAll();
    // What a failed test leaves would only make the others fail as well.
    if (this.currentTest?.state === 'failed') await running().stopInstances();
    else if (!running().isDaemonRunning) await running().startDaemon();
    await expectNothingLeft(running());
  });
  after(async () => {
    // If it did not even start, that is the failure, and hooks of the same suite are to run all the same.
    if (node === undefined) return;
    await node.close();
    expect(node.state()).to.deep.equal({ mounts: [], loops: [], cgroups: [], processes: [] });
  });
  return running;
}

/** The last of what was killed may take a moment to be gone. */
export async function expectNothingLeft(node: TestNode): Promise<void> {
  let left: string[] = [];
  await eventually(() => {
    left = node.leftovers();
    return left.length === 0;
  }).catch(() => undefined);
  expect(left).to.deep.equal([]);
}
