import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { accountingOf, enableControllers } from '../../../../src/system/cgroup/accounting.js';
import { failureOf } from '../../storage/fixtures.js';

/** Mount points of hierarchies in a directory, which look like the kernel's. */
let top: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
});
afterEach(() => rm(top, { recursive: true }));

const GROUP = 'parent/inst1';
const BOTH = new Set(['memory', 'cpu']);

function groupIn(hierarchy: string): string {
  return join(hierarchy, GROUP);
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(top, path)), { recursive: true });
  await writeFile(join(top, path), text);
}

function read(path: string): Promise<string> {
  return readFile(join(top, path), 'utf8');
}

function unified(controllers: ReadonlySet<string> = BOTH) {
  return accountingOf({ unified: join(top, 'v2'), legacy: new Map() }, controllers);
}

function legacyMap(): Map<string, string> {
  const names = ['memory', 'cpu', 'cpuacct'];
  return new Map(names.map((name) => [name, join(top, name)]));
}

function legacy() {
  return accountingOf({ unified: undefined, legacy: legacyMap() }, new Set());
}

/** Version 2 without controllers beside version 1. */
function hybrid() {
  return accountingOf({ unified: join(top, 'v2'), legacy: legacyMap() }, new Set());
}

async function writeUnified(): Promise<void> {
  await write(`v2/${GROUP}/cgroup.procs`, '11\n12\n');
  await write(`v2/${GROUP}/memory.current`, '4096\n');
  await write(`v2/${GROUP}/cpu.stat`, 'usage_usec 1500000\nuser_usec 1\nsystem_usec 2\n');
}

async function writeLegacy(): Promise<void> {
  await write(`freezer/${GROUP}/cgroup.procs`, '11\n');
  await write(`memory/${GROUP}/memory.usage_in_bytes`, '8192\n');
  await write(`cpuacct/${GROUP}/cpuacct.usage`, '2500000000\n');
}

describe('Accounting.hierarchies', () => {
  it('has none besides version 2', () => {
    expect(unified().hierarchies).to.deep.equal([]);
    expect(unified(new Set()).hierarchies).to.deep.equal([]);
  });

  it('has those of version 1, each once', () => {
    expect(legacy().hierarchies).to.have.members(
      ['memory', 'cpu', 'cpuacct'].map((n) => join(top, n)),
    );
    const shared = new Map([...legacyMap(), ['cpu', '/c'], ['cpuacct', '/c']] as const);
    const accounting = accountingOf({ unified: undefined, legacy: shared }, new Set());
    expect(accounting.hierarchies).to.have.members([join(top, 'memory'), '/c']);
  });

  it('has those of version 1 whose controllers version 2 lacks', () => {
    expect(hybrid().hierarchies).to.have.members([join(top, 'memory'), join(top, 'cpu')]);
  });
});

describe('Accounting.usage', () => {
  it('reads version 2', async () => {
    await writeUnified();
    expect(await unified().usage(groupIn, join(top, 'v2'))).to.deep.equal({
      memoryBytes: 4096,
      processes: 2,
      cpuSeconds: 1.5,
    });
  });

  it('reads version 1', async () => {
    await writeLegacy();
    expect(await legacy().usage(groupIn, join(top, 'freezer'))).to.deep.equal({
      memoryBytes: 8192,
      processes: 1,
      cpuSeconds: 2.5,
    });
  });

  it('reads memory of version 1 and the rest of version 2 where both are', async () => {
    await writeUnified();
    await writeLegacy();
    expect(await hybrid().usage(groupIn, join(top, 'v2'))).to.deep.equal({
      memoryBytes: 8192,
      processes: 2,
      cpuSeconds: 1.5,
    });
  });

  it('has nothing to tell of what no controller accounts', async () => {
    await writeUnified();
    const usage = await unified(new Set()).usage(groupIn, join(top, 'v2'));
    expect(usage).to.deep.equal({ memoryBytes: undefined, processes: 2, cpuSeconds: 1.5 });
  });

  it('has nothing to tell of a group that is gone', async () => {
    const nothing = { memoryBytes: undefined, processes: 0, cpuSeconds: undefined };
    expect(await unified().usage(groupIn, join(top, 'v2'))).to.deep.equal(nothing);
    expect(await legacy().usage(groupIn, join(top, 'freezer'))).to.deep.equal(nothing);
  });
});

describe('Accounting.limit', () => {
  it('limits through version 2', async () => {
    await writeUnified();
    await unified().limit(groupIn, { memoryBytes: 1024, cpus: 1.5 });
    expect(await read(`v2/${GROUP}/memory.max`)).to.equal('1024');
    expect(await read(`v2/${GROUP}/cpu.max`)).to.equal('150000 100000');
  });

  it('limits through version 1', async () => {
    for (const name of ['memory', 'cpu'])
      await mkdir(groupIn(join(top, name)), { recursive: true });
    for (const accounting of [legacy(), hybrid()]) {
      await accounting.limit(groupIn, { memoryBytes: 1024, cpus: 2 });
      expect(await read(`memory/${GROUP}/memory.limit_in_bytes`)).to.equal('1024');
      expect(await read(`cpu/${GROUP}/cpu.cfs_quota_us`)).to.equal('200000');
    }
  });

  it('leaves alone what has no limit', async () => {
    await unified().limit(groupIn, { memoryBytes: undefined, cpus: undefined });
    await unified(new Set()).limit(groupIn, {});
  });

  it('names the controller that is missing', async () => {
    const accounting = unified(new Set());
    expect((await failureOf(accounting.limit(groupIn, { memoryBytes: 1 }))).message).to.equal(
      "This node has no 'memory' control group controller",
    );
    expect((await failureOf(accounting.limit(groupIn, { cpus: 1 }))).message).to.equal(
      "This node has no 'cpu' control group controller",
    );
  });
});

describe('enableControllers', () => {
  async function directory(name: string, available: string): Promise<string> {
    await write(`${name}/cgroup.controllers`, available);
    await write(`${name}/cgroup.subtree_control`, '');
    return join(top, name);
  }

  it('hands them on, from the top downwards', async () => {
    const directories = [await directory('a', 'cpu memory io\n'), await directory('b', 'memory\n')];
    expect(await enableControllers(directories, ['memory'])).to.deep.equal(new Set(['memory']));
    expect(await read('a/cgroup.subtree_control')).to.equal('+memory');
    expect(await read('b/cgroup.subtree_control')).to.equal('+memory');
  });

  it('does without those that are not there all the way', async () => {
    const directories = [await directory('a', 'cpu memory\n'), await directory('b', 'cpu\n')];
    expect(await enableControllers(directories, ['memory', 'cpu'])).to.deep.equal(new Set(['cpu']));
    expect(await enableControllers([await directory('c', '\n')], ['cpu'])).to.deep.equal(new Set());
    expect(await enableControllers([join(top, 'none')], ['cpu'])).to.deep.equal(new Set());
  });
});
