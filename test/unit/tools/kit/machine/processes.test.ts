import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { eventually } from '../../../../../tools/kit/eventually.js';
import {
  familyOf,
  familyProcessorSeconds,
  isAlive,
} from '../../../../../tools/kit/machine/processes.js';

/** Keeps a processor busy for much longer than what is asked for below. */
const WORK = 'i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done';
/** More than a shell takes to start, and less than the work. */
const SOME_SECONDS = 0.05;
/** For the work, on a machine that is busy with other things. */
const PATIENCE_MS = 15_000;

describe('familyProcessorSeconds', () => {
  const started: ChildProcess[] = [];
  afterEach(() => {
    // Each has a process group of its own, with all that it has started.
    for (const { pid } of started.splice(0)) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  });

  /** Runs a shell. @returns its PID, and the first line that it prints */
  async function shell(script: string): Promise<{ pid: number; line: string }> {
    const program = spawn('sh', ['-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    started.push(program);
    const [line] = (await once(program.stdout, 'data')) as [Buffer];
    return { pid: program.pid ?? 0, line: line.toString().trim() };
  }

  it('counts a child that still runs', async () => {
    const { pid } = await shell(`(${WORK}; echo; exec sleep infinity) & wait`);
    expect(familyProcessorSeconds(pid)).to.be.greaterThan(SOME_SECONDS);
  });

  it('counts a child that has been waited for', async () => {
    const { pid } = await shell(`(${WORK}); echo; exec sleep infinity`);
    expect(familyOf(pid)).to.deep.equal([pid]);
    expect(familyProcessorSeconds(pid)).to.be.greaterThan(SOME_SECONDS);
  });

  it('counts a child that has ended, and nobody has waited for', async () => {
    const { pid, line } = await shell(`sh -c 'echo $$; ${WORK}' & exec sleep infinity`);
    const child = Number(line);
    await eventually(() => !isAlive(child), PATIENCE_MS);
    expect(readFileSync(`/proc/${child}/stat`, 'utf8')).to.contain(') Z ');
    expect(familyOf(pid)).to.deep.equal([pid]);
    expect(familyProcessorSeconds(pid)).to.be.greaterThan(SOME_SECONDS);
  });

  it('refuses a process that is gone', async () => {
    const program = spawn('true', { stdio: 'ignore' });
    await once(program, 'exit');
    expect(() => familyProcessorSeconds(program.pid ?? 0)).to.throw('has ended');
  });
});
