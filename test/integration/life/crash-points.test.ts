import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { it } from 'mocha';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { failureOf } from '../../support/failure.js';
import { countMounts, processesIn, processOf } from '../../support/machine/observe.js';
import {
  CRASH_ARGS,
  crashAtEachStep,
  type CrashPoint,
  expectNoTemporaries,
} from '../../support/node/crash-points.js';
import { describeAsRoot, expectNothingLeft, useNode } from '../../support/node/suite.js';
import type { TestNode } from '../../support/node/test-node.js';

const NAME = 'inst1';
const UUID = '9f0a3c5e-6d6f-4f43-8c2b-0c6f3a3c1d11';
const TIMEOUT_MS = 300_000;

/** Mounts something, so that there is more to clean up; and leaves it to SIGTERM to end its daemon. */
const SCRIPT = `#!/bin/sh
[ "$1" = start ] || exit 0
mount -t tmpfs none /mnt
sleep 100000 </dev/null >/dev/null 2>&1 &
`;
const FAILING_SCRIPT = `${SCRIPT}echo no; exit 1\n`;

/** How the record of what an instance uses is changed. */
const RECORDED = ['new file made', 'new file written', 'file replaced'];
/** What every start goes through. */
const START = [
  ...['link replaced', 'directory made', 'control group made', 'log begun', ...RECORDED],
  ...['loop device made', 'disk mounted', 'program started', 'program ended'],
];
const CLEAN_UP = [
  'tree unmounted',
  'directory removed',
  'loop device freed',
  'file removed',
  'control group removed',
];

const nothing = () => Promise.resolve();

describeAsRoot('a daemon that is killed at each step of', () => {
  const launch = () => ({ nodeArgs: CRASH_ARGS });
  const both = [
    useNode({ timeouts: { mount: 2 } }, launch),
    useNode({ timeouts: { mount: 2 } }, launch),
  ];
  const nodes = () => both.map((node) => node());
  let started: readonly CrashPoint[] = [];
  let cleanedUp: readonly CrashPoint[] = [];

  /** An instance with two disks on each node. */
  async function makeInstance(script: string): Promise<void> {
    for (const node of nodes()) {
      await node.makeDisk(NAME, { script });
      // To make it would be a step of the first start only.
      await mkdir(join(node.stateDir, 'log/chroot'), { recursive: true });
      await writeFile(node.diskPath(NAME, 1), Buffer.alloc(1024 * 1024));
    }
  }

  it('a start', async () => {
    await makeInstance(SCRIPT);
    started = await crashAtEachStep(nodes(), (node) => ({
      steps: [...START, 'file replaced'],
      prepare: nothing,
      act: () => node.start(instanceOn(node)),
      recover: async () => {
        await expectTruth(node);
        await startAgain(node);
        expect(countMounts(node.root(NAME))).to.be.within(2, 3);
        await expectCleanStop(node);
      },
    }));
  }).timeout(TIMEOUT_MS);

  it('a start that fails', async () => {
    await makeInstance(FAILING_SCRIPT);
    const sceneOn = (node: TestNode) => ({
      steps: [...START, ...CLEAN_UP, 'control group killed', 'file removed'],
      prepare: nothing,
      act: () => failureOf(node.start(instanceOn(node))),
      recover: async () => {
        await expectTruth(node);
        await expectCleanStop(node);
        const error = await failureOf(node.start(instanceOn(node)));
        expect(error.message).to.match(/start script: no/);
        await expectNothingLeft(node);
      },
    });
    await crashAtEachStep(nodes(), sceneOn, started);
  }).timeout(TIMEOUT_MS);

  it('cleaning up after an instance that ended by itself', async () => {
    await makeInstance(SCRIPT);
    cleanedUp = await crashAtEachStep(nodes(), (node) => ({
      steps: CLEAN_UP,
      prepare: async () => {
        await startAgain(node);
        process.kill(await processOf(node, NAME), 'SIGKILL');
        await eventually(async () => (await node.running()).length === 0);
      },
      act: () => node.shutdown(instanceOn(node)),
      recover: () => expectCleanStop(node),
    }));
  }).timeout(TIMEOUT_MS);

  const waysToStop: [how: string, timeoutSeconds: number, step: string][] = [
    ['a stop', 10, 'processes got SIGTERM'],
    ['a stop by force', 0, 'control group killed'],
  ];
  for (const [how, timeoutSeconds, step] of waysToStop)
    it(how, async () => {
      await makeInstance(SCRIPT);
      const sceneOn = (node: TestNode) => ({
        steps: [...CLEAN_UP, step],
        prepare: () => startAgain(node),
        act: () => node.shutdown(instanceOn(node), timeoutSeconds),
        recover: async () => {
          await expectTruth(node);
          await expectCleanStop(node);
        },
      });
      await crashAtEachStep(nodes(), sceneOn, cleanedUp);
    }).timeout(TIMEOUT_MS);

  const changes: [what: string, isAdded: boolean, step: string][] = [
    ['adding a disk to an instance that runs', true, 'loop device made'],
    ['removing a disk from an instance that runs', false, 'loop device freed'],
  ];
  for (const [what, isAdded, step] of changes)
    it(what, async () => {
      await makeInstance(SCRIPT);
      for (const node of nodes()) await node.start(node.instance(NAME));
      await crashAtEachStep(nodes(), (node) => ({
        steps: [...RECORDED, isAdded ? 'device nodes made' : 'device nodes removed', step],
        prepare: () => (isAdded ? nothing() : plug(node)),
        act: () => (isAdded ? plug(node) : unplug(node)),
        recover: () => expectPlugging(node),
      }));
      for (const node of nodes()) await expectCleanStop(node);
    }).timeout(TIMEOUT_MS);
});

function instanceOn(node: TestNode): Instance {
  return node.instance(NAME, { disks_info: [node.disk(NAME), furtherDisk(node)] });
}

function furtherDisk(node: TestNode): Disk {
  return { ...node.disk(NAME, 1, 1), uuid: UUID };
}

/** The daemon says that the instance runs exactly if it has processes. */
async function expectTruth(node: TestNode): Promise<void> {
  await eventually(async () => {
    const isRunning = (await node.running()).length > 0;
    return isRunning === processesIn(node.root(NAME)).length > 0;
  });
}

/** What a killed daemon has begun may go on for a moment: the disk is in use then, or the script at work. */
async function startAgain(node: TestNode): Promise<void> {
  await eventually(async () => {
    const answer = await node.start(instanceOn(node)).catch(() => 'busy');
    return answer === null;
  });
  await processOf(node, NAME);
}

async function expectCleanStop(node: TestNode): Promise<void> {
  await node.shutdown(instanceOn(node));
  await expectNothingLeft(node);
  expect(await readdir(node.rootDir)).to.deep.equal([]);
  expect(await readdir(join(node.stateDir, 'run/chroot-disks'))).to.deep.equal([]);
  await expectNoTemporaries(node);
}

function plug(node: TestNode): Promise<unknown> {
  return hotplug(node, 'hotadd', ['/some/link', null]);
}

function unplug(node: TestNode): Promise<unknown> {
  return hotplug(node, 'hotremove', null);
}

function hotplug(node: TestNode, action: string, extra: unknown): Promise<unknown> {
  const params = [node.instance(NAME), action, 'disk', furtherDisk(node), extra, 1];
  return node.call('hotplug_device', params);
}

/** The instance has gone on, and its disk comes and goes as before. */
async function expectPlugging(node: TestNode): Promise<void> {
  expect(await node.running()).to.deep.equal([NAME]);
  expect(processesIn(node.root(NAME))).to.have.lengthOf(1);
  await plug(node);
  expect(await plugged(node)).to.deep.equal({ nodes: [UUID], loops: 1 });
  await unplug(node);
  expect(await plugged(node)).to.deep.equal({ nodes: [], loops: 0 });
}

async function plugged(node: TestNode): Promise<{ nodes: string[]; loops: number }> {
  const { loops } = node.state();
  return {
    nodes: await readdir(join(node.root(NAME), 'dev/ganeti')),
    loops: loops.filter((loop) => loop.includes('disk1')).length,
  };
}
