import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { findHolders } from '../../../../src/system/proc/process-holders.js';
import { scanUsers, signalProcesses } from '../../../../src/system/proc/process-scan.js';
import { Processes } from '../../../../src/system/proc/processes.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { failureOf } from '../../storage/fixtures.js';

/** A mount point that every Linux has; nobody is ever signalled for using it. */
const MOUNT = '/proc';
const NOWHERE = '/no/such/root';
const NOBODY = { signalled: [], strays: [] };
/** Ignored by default: should a test signal anybody by mistake, nothing happens. */
const HARMLESS = 'SIGWINCH';

describe('Processes', () => {
  const opened: Processes[] = [];
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const processes of opened.splice(0)) await processes.close();
  });

  function open(timeoutMs = 20_000): Processes {
    const processes = new Processes({ timeoutMs });
    opened.push(processes);
    return processes;
  }

  async function childIn(cwd: string): Promise<number> {
    const child = spawn('sleep', ['60'], { cwd, stdio: 'ignore' });
    children.push(child);
    await once(child, 'spawn');
    return child.pid ?? 0;
  }

  it('finds who uses a mount in any way, never ourselves', async () => {
    const pid = await childIn(MOUNT);
    const { holders } = await open().holdersOf(MOUNT, []);
    expect(holders).to.deep.include({ pid, use: 'cwd', command: 'sleep' });
    expect(holders.map(({ pid }) => pid)).not.to.include(process.pid);
  });

  it('has no entry for what is not mounted, or nobody has for a root', async () => {
    await childIn(MOUNT);
    const roots = [MOUNT, NOWHERE, `${MOUNT}/`, `${MOUNT}/self`];
    expect([...(await open().usersOf(roots)).keys()]).to.be.empty;
    expect([...(await open().usersOf([])).keys()]).to.be.empty;
  });

  it('signals nobody for a root that is not mounted and a group that is empty', async () => {
    const whose = { root: NOWHERE, group: '/no/such/group' };
    expect(await open().signal(whose, HARMLESS)).to.deep.equal(NOBODY);
    expect(await open().signal({ root: NOWHERE }, HARMLESS)).to.deep.equal(NOBODY);
  });

  it('answers many questions at once', async () => {
    const processes = open();
    const asked = Array.from({ length: 5 }, () => processes.usersOf(['/']));
    for (const users of await Promise.all(asked)) expect(users.has('/')).to.be.true;
  });

  it('answers each of many questions at once with what was asked, signals among them', async () => {
    const processes = open();
    const asked = [['/'], [NOWHERE], ['/', MOUNT], [MOUNT, NOWHERE]].map(async (roots) => [
      ...(await processes.usersOf(roots)).keys(),
    ]);
    const signalled = processes.signal({ root: NOWHERE }, HARMLESS);
    expect(await Promise.all(asked)).to.deep.equal([['/'], [], ['/'], []]);
    expect(await signalled).to.deep.equal(NOBODY);
  });

  it('fails when it takes too long, for all who wait', async () => {
    const processes = open(1);
    const asked = [processes.usersOf([MOUNT]), processes.usersOf([MOUNT])].map(failureOf);
    for (const error of await Promise.all(asked))
      expect(error.message).to.equal('Looking for processes took longer than 0.001 s');
  });

  it('gives up on a thread that does not answer, and begins anew with the next question', async () => {
    const processes = open(500);
    // On a busy machine the first one may itself take too long, and be replaced.
    let worker: Worker | undefined;
    const follow = (started: Worker) => {
      worker = started;
    };
    process.on('worker', follow);
    const isAnswered = () =>
      processes.usersOf([NOWHERE]).then(
        () => true,
        () => false,
      );
    await eventually(isAnswered);
    process.off('worker', follow);
    await worker?.terminate();
    expect((await failureOf(processes.usersOf([NOWHERE]))).message).to.include('0.5 s');
    await eventually(isAnswered);
  }).timeout(20_000);

  it('ends no thread before it is loaded: that would end the whole process', async () => {
    const events: string[] = [];
    const exit = new Promise<void>((resolve) => {
      process.once('worker', (worker) => {
        worker.once('message', () => events.push('loaded'));
        worker.once('exit', () => {
          events.push('exit');
          resolve();
        });
      });
    });
    await failureOf(open(1).usersOf([MOUNT]));
    await exit;
    expect(events).to.deep.equal(['loaded', 'exit']);
  });

  it('gives the failure of the thread, and goes on', async () => {
    const processes = open();
    // A list that is none: what the thread is asked is not its business to check.
    const wrong = processes.usersOf([1] as unknown as string[]);
    expect(await failureOf(wrong)).to.be.instanceOf(Error);
    expect((await processes.usersOf(['/'])).has('/')).to.be.true;
  });
});

describe('scanUsers', () => {
  it('finds nobody where nothing is mounted', () => {
    expect([...scanUsers([NOWHERE])]).to.deep.equal([]);
  });

  it('finds who has a mount for its root, and nobody who uses it in another way', () => {
    const program = openSync('/proc/version', 'r');
    const child = spawn('sleep', ['60'], { stdio: [program, 'ignore', 'ignore'] });
    closeSync(program);
    try {
      const found = scanUsers(['/', MOUNT, NOWHERE]);
      expect([...found.keys()]).to.deep.equal(['/']);
      expect(found.get('/')?.at(-1)).to.deep.include({ use: 'root', isVisitor: false });
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('findHolders', () => {
  it('looks at as much as the budget allows, and names whose files are more', () => {
    const files = Array.from({ length: 50 }, () => openSync('/proc/version', 'r'));
    const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', ...files] });
    for (const file of files) closeSync(file);
    try {
      const found = findHolders(MOUNT, [], { budget: 10 });
      expect(found.untold).to.include(`process ${child.pid}`);
      expect(findHolders(MOUNT, []).untold).not.to.include(`process ${child.pid}`);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('signalProcesses', () => {
  it('signals nobody where nothing is mounted', () => {
    expect(signalProcesses({ root: NOWHERE }, HARMLESS)).to.deep.equal(NOBODY);
  });

  it('signals members of a group that were started for it, and no others that stand in it', async () => {
    const group = await mkdtemp(join(tmpdir(), 'noded-group-'));
    const others = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], { detached: true });
    try {
      const [said] = (await once(others.stdout, 'data')) as [Buffer];
      const theirs = Number(said.toString());
      const own = spawn('sleep', ['60']);
      const pids = [own.pid, theirs, process.pid, process.ppid, 0];
      await writeFile(join(group, 'cgroup.procs'), pids.join('\n'));
      const { signalled, strays } = signalProcesses({ group }, 'SIGKILL');
      expect(signalled).to.deep.equal([{ pid: own.pid, use: 'cgroup' }]);
      expect(strays.map(({ pid, whose }) => [pid, whose])).to.have.deep.members([
        [theirs, 'of the node'],
        [process.pid, 'the daemon, or what it was started by'],
        [process.ppid, 'the daemon, or what it was started by'],
      ]);
      await once(own, 'exit');
    } finally {
      process.kill(-(others.pid ?? 0), 'SIGKILL');
      await rm(group, { recursive: true });
    }
  });
});
