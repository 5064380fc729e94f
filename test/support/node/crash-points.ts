import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Step } from '../../../src/system/kernel/steps.js';
import { eventually } from '../../../tools/kit/eventually.js';
import type { TestNode } from './test-node.js';

/** In the working directory of a daemon with `programs/crash-at-step`: the steps that were taken, one a line. */
export const STEPS_FILE = 'crash-steps.jsonl';
/** In the same place: the step at which it ends. */
export const CRASH_FILE = 'crash-point.json';
/** Node's arguments of a daemon that can be told to end at a step. */
export const CRASH_ARGS = [
  '--import',
  new URL('../programs/crash-at-step.js', import.meta.url).pathname,
];

/** A step, and how many of that name have been taken with it. */
export interface CrashPoint extends Step {
  readonly count: number;
  /** Whether a helper takes it. */
  readonly isOfHelper?: boolean;
  /** What happens after it: the daemon is killed with all its helpers, unless a helper alone is, or hangs. */
  readonly end?: 'daemon' | 'helper' | 'hang';
}

/** A call that is cut short at each of its steps in turn. */
export interface CrashScene {
  /** Names of steps that must be among those of the call, or the code no longer says what it does. */
  readonly steps: readonly string[];
  /** Brings about what the call is to find. */
  readonly prepare: () => Promise<unknown>;
  /** The call. */
  readonly act: () => Promise<unknown>;
  /** Looks what has become of it, tries again, and takes everything back. */
  readonly recover: () => Promise<unknown>;
}

/**
 * Rehearses the scene on each node, so that what only the first call of a daemon makes is there. Then plays it once to learn
 * its steps, and once for each of them, with the daemon killed right after it and started again.
 *
 * A step of a helper is tried in two more ways: the helper alone is killed, and hangs.
 *
 * @param nodes share the work; started with `CRASH_ARGS`
 * @param covered steps of other scenes that lead to the same state, so that they need not be tried again
 * @returns all steps of the scene
 */
export async function crashAtEachStep(
  nodes: readonly TestNode[],
  sceneOn: (node: TestNode) => CrashScene,
  covered: readonly CrashPoint[] = [],
): Promise<CrashPoint[]> {
  const stages = nodes.map((node) => ({ node, scene: sceneOn(node) }));
  await Promise.all(stages.map(rehearse));
  const points = await learnSteps(stages[0]);
  const isCovered = ({ name, subject, count }: CrashPoint) =>
    covered.some(
      (other) => other.name === name && other.subject === subject && other.count === count,
    );
  const left = points.filter((point) => !isCovered(point)).flatMap(waysToEnd);
  await Promise.all(
    stages.map(async (stage) => {
      for (let point = left.shift(); point !== undefined; point = left.shift())
        await playWithCrash(stage, point);
    }),
  );
  return points;
}

function waysToEnd(point: CrashPoint): CrashPoint[] {
  if (point.isOfHelper !== true) return [point];
  return [point, { ...point, end: 'helper' }, { ...point, end: 'hang' }];
}

interface Stage {
  readonly node: TestNode;
  readonly scene: CrashScene;
}

async function rehearse({ scene }: Stage): Promise<void> {
  await scene.prepare();
  await scene.act();
  await scene.recover();
}

async function learnSteps(stage: Stage | undefined): Promise<CrashPoint[]> {
  if (stage === undefined) throw new Error('no node to play on');
  const { node, scene } = stage;
  await scene.prepare();
  const points = await stepsOf(node, scene.act);
  await scene.recover();
  expect(points.map(({ name }) => name)).to.include.members([...scene.steps]);
  return points;
}

async function playWithCrash({ node, scene }: Stage, point: CrashPoint): Promise<void> {
  await scene.prepare();
  const { name, count, subject, end = 'daemon' } = point;
  await explaining(`${END_WORDS[end]} after '${name}' ${count} (${subject})`, async () => {
    await crashAt(node, point, scene.act);
    await scene.recover();
  });
}

async function stepsOf(node: TestNode, act: () => Promise<unknown>): Promise<CrashPoint[]> {
  writeFileSync(join(node.stateDir, STEPS_FILE), '');
  await act();
  return stepsTaken(node);
}

function stepsTaken({ stateDir }: TestNode): CrashPoint[] {
  const lines = readFileSync(join(stateDir, STEPS_FILE), 'utf8').split('\n').filter(Boolean);
  const counts = new Map<string, number>();
  return lines.map((line) => {
    const step = JSON.parse(line) as Step;
    const count = (counts.get(step.name) ?? 0) + 1;
    counts.set(step.name, count);
    return { ...step, count };
  });
}

async function crashAt(
  node: TestNode,
  point: CrashPoint,
  act: () => Promise<unknown>,
): Promise<void> {
  const { name, count, end = 'daemon' } = point;
  const crashFile = join(node.stateDir, CRASH_FILE);
  writeFileSync(join(node.stateDir, STEPS_FILE), '');
  writeFileSync(crashFile, JSON.stringify(point));
  await act().catch(() => undefined);
  if (end === 'daemon') {
    await eventually(() => !node.isDaemonRunning);
    const last = stepsTaken(node).at(-1);
    expect({ name: last?.name, count: last?.count }).to.deep.equal({ name, count });
  } else expect(node.isDaemonRunning).to.be.true;
  rmSync(crashFile);
  if (end === 'daemon') await node.startDaemon();
}

const END_WORDS = {
  daemon: 'daemon killed',
  helper: 'helper killed',
  hang: 'helper hangs',
};

async function explaining(when: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`${when}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** No file that was on its way into place is left of those below the daemon's directory. */
export async function expectNoTemporaries({ stateDir }: TestNode): Promise<void> {
  const names = await readdir(stateDir, { recursive: true });
  expect(names.filter((name) => name.endsWith('.new'))).to.deep.equal([]);
}
