import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'mocha';
import { onStep } from '../../../../src/system/kernel/steps.js';

/** A directory of each test's own, and the steps that are announced in it. */
export interface StepsInDirectory {
  readonly directory: string;
  /** Name and path below the directory: "directory made: /new". */
  readonly steps: readonly string[];
}

/** Makes one for each test of the file, and removes it afterwards. */
export function useStepsInDirectory(): () => StepsInDirectory {
  let directory = '';
  let steps: string[] = [];
  let stop: () => void = () => undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    steps = [];
    stop = onStep(({ name, subject }) => {
      if (subject.startsWith(directory)) steps.push(`${name}: ${subject.slice(directory.length)}`);
    });
  });
  afterEach(async () => {
    stop();
    await rm(directory, { recursive: true });
  });
  return () => ({ directory, steps });
}
