import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { ProcessUses } from '../../../../src/system/proc/process-uses.js';
import { UseTargets } from '../../../../src/system/proc/use-targets.js';

/** A mount point that every Linux has. */
const MOUNT = '/proc';
/** More than there are process numbers. */
const NO_PID = 2 ** 31 - 1;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function childWith(cwd: string, stdio: StdioOptions = 'ignore'): Promise<number> {
  const child = spawn('sleep', ['60'], { cwd, stdio });
  children.push(child);
  await once(child, 'spawn');
  return child.pid ?? 0;
}

function uses(...roots: string[]): ProcessUses {
  return new ProcessUses(new UseTargets(roots));
}

describe('ProcessUses.of', () => {
  it('finds a root, a working directory and an open file', async () => {
    expect([...uses('/').of(await childWith('/'))]).to.deep.equal([['/', 'root']]);
    expect([...uses(MOUNT).of(await childWith(MOUNT))]).to.deep.equal([[MOUNT, 'cwd']]);
    const file = openSync('/proc/version', 'r');
    const pid = await childWith('/', [file, 'ignore', 'ignore']);
    closeSync(file);
    expect([...uses(MOUNT).of(pid)]).to.deep.equal([[MOUNT, 'fd']]);
  });

  it('finds what a process with several threads uses', async () => {
    const worker = new Worker('require("node:worker_threads").parentPort.ref()', { eval: true });
    await once(worker, 'online');
    const file = openSync('/proc/version', 'r');
    expect(uses(MOUNT).of(process.pid).get(MOUNT)).to.equal('fd');
    closeSync(file);
    await worker.terminate();
  });

  it('finds each root that a process uses', async () => {
    const found = uses(MOUNT, '/').of(await childWith(MOUNT));
    expect(Object.fromEntries(found)).to.deep.equal({ '/': 'root', [MOUNT]: 'cwd' });
  });

  it('finds nothing of a process that uses none, and of one that is gone', async () => {
    expect([...uses(MOUNT).of(await childWith('/'))]).to.deep.equal([]);
    expect([...uses('/').of(NO_PID)]).to.deep.equal([]);
  });
});

describe('ProcessUses.ownRoot', () => {
  it('is the root that a process has, and nothing else that it uses', async () => {
    const pid = await childWith(MOUNT);
    expect(uses('/', MOUNT).ownRoot(pid)).to.equal('/');
    expect(uses(MOUNT).ownRoot(pid)).to.be.undefined;
  });

  it('is none for a process that is gone', () => {
    expect(uses('/').ownRoot(NO_PID)).to.be.undefined;
  });
});
