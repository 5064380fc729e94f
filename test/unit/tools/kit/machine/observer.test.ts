import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Observer, type Tie } from '../../../../../tools/kit/machine/observer.js';

describe('Observer', () => {
  let directory: string;
  const started: ChildProcess[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'observer-'));
  });
  afterEach(async () => {
    for (const child of started.splice(0)) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    rmSync(directory, { recursive: true });
  });

  /** Starts a program that has said something when it is as far as it should be. */
  async function run(program: string, args: readonly string[], cwd = '/'): Promise<number> {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
    started.push(child);
    await once(child.stdout, 'data');
    return child.pid ?? 0;
  }
  const sleeping = (redirection = '') => ['-c', `exec ${redirection}; echo; exec sleep 1000`];

  function expectTies(pid: number, expected: readonly Tie[]): void {
    const observer = new Observer(basename(directory));
    const ties: readonly Tie[] = ['root', 'exe', 'cwd', 'writes', 'control group'];
    expect(ties.filter((tie) => observer.processes(tie).includes(pid))).to.deep.equal(expected);
    expect(observer.processes(...ties).includes(pid)).to.equal(expected.length > 0);
  }

  it('finds a process by its working directory', async () => {
    expectTies(await run('sh', sleeping(), directory), ['cwd']);
  });

  it('finds a process by its program', async () => {
    const program = join(directory, 'program');
    copyFileSync(process.execPath, program);
    const script = 'console.log(1); setTimeout(() => {}, 1e6)';
    expectTies(await run(program, ['-e', script]), ['exe']);
  });

  it('finds a process that writes to a file, and not one that reads it', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expectTies(await run('sh', sleeping(`3>>${file}`)), ['writes']);
    expectTies(await run('sh', sleeping(`3<${file}`)), []);
  });

  it('finds mounts by what mountinfo says of them', () => {
    const mountinfo = join(directory, 'mountinfo');
    const line = (id: number, rest: string) => `${id} 1 0:${id} ${rest} rw\n`;
    writeFileSync(
      mountinfo,
      [
        line(21, '/ /proc rw - proc proc'),
        line(22, `/ /tmp/${basename(directory)}/a\\040b rw - tmpfs none`),
        line(23, `/tmp/${basename(directory)}/shared /elsewhere rw - ext4 /dev/sda1`),
      ].join(''),
    );
    const found = new Observer(basename(directory), mountinfo).mounts();
    expect(found.map(({ mountPoint }) => mountPoint)).to.deep.equal([
      `/tmp/${basename(directory)}/a b`,
      '/elsewhere',
    ]);
  });
});
