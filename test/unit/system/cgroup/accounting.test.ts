import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
const ALL = new Set(['memory', 'cpu', 'pids']);

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

function unified(controllers: ReadonlySet<string> = ALL) {
  return accountingOf({ unified: join(top, 'v2'), legacy: new Map() }, controllers);
}

function legacyMap(): Map<string, string> {
  const names = ['memory', 'cpu', 'cpuacct', 'pids'];
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
  await write(`v2/${GROUP}/memory.events`, 'low 0\noom 4\noom_kill 3\noom_group_kill 0\n');
}

async function writeLegacy(): Promise<void> {
  await write(`freezer/${GROUP}/cgroup.procs`, '11\n');
  await write(`memory/${GROUP}/memory.usage_in_bytes`, '8192\n');
  await write(`cpuacct/${GROUP}/cpuacct.usage`, '2500000000\n');
  await write(`memory/${GROUP}/memory.oom_control`, 'under_oom 0\noom_kill 5\n');
}

describe('Accounting.hierarchies', () => {
  it('has none besides version 2', () => {
    expect(unified().hierarchies).to.deep.equal([]);
    expect(unified(new Set()).hierarchies).to.deep.equal([]);
  });

  it('has those of version 1, each once', () => {
    expect(legacy().hierarchies).to.have.members(
      ['memory', 'cpu', 'cpuacct', 'pids'].map((n) => join(top, n)),
    );
    const shared = new Map([...legacyMap(), ['cpu', '/c'], ['cpuacct', '/c']] as const);
    const accounting = accountingOf({ unified: undefined, legacy: shared }, new Set());
    expect(accounting.hierarchies).to.have.members([
      ...['memory', 'pids'].map((n) => join(top, n)),
      '/c',
    ]);
  });

  it('has those of version 1 whose controllers version 2 lacks', () => {
    expect(hybrid().hierarchies).to.have.members(
      ['memory', 'cpu', 'pids'].map((n) => join(top, n)),
    );
  });
});

describe('Accounting.usage', () => {
  it('reads version 2', async () => {
    await writeUnified();
    expect(await unified().usage(groupIn, join(top, 'v2'))).to.deep.equal({
      memoryBytes: 4096,
      processes: 2,
      cpuSeconds: 1.5,
      memoryKills: 3,
    });
  });

  it('reads version 1', async () => {
    await writeLegacy();
    expect(await legacy().usage(groupIn, join(top, 'freezer'))).to.deep.equal({
      memoryBytes: 8192,
      processes: 1,
      cpuSeconds: 2.5,
      memoryKills: 5,
    });
  });

  it('reads memory of version 1 and the rest of version 2 where both are', async () => {
    await writeUnified();
    await writeLegacy();
    expect(await hybrid().usage(groupIn, join(top, 'v2'))).to.deep.equal({
      memoryBytes: 8192,
      processes: 2,
      cpuSeconds: 1.5,
      memoryKills: 5,
    });
  });

  it('has nothing to tell of what no controller accounts', async () => {
    await writeUnified();
    const usage = await unified(new Set()).usage(groupIn, join(top, 'v2'));
    expect(usage).to.deep.equal({
      memoryBytes: undefined,
      processes: 2,
      cpuSeconds: 1.5,
      memoryKills: undefined,
    });
  });

  it('has nothing to tell of a group that is gone', async () => {
    const nothing = {
      memoryBytes: undefined,
      processes: 0,
      cpuSeconds: undefined,
      memoryKills: undefined,
    };
    expect(await unified().usage(groupIn, join(top, 'v2'))).to.deep.equal(nothing);
    expect(await legacy().usage(groupIn, join(top, 'freezer'))).to.deep.equal(nothing);
  });
});

describe('Accounting.limit', () => {
  /** Makes the files to which limits are written, as the kernel has them from the beginning. */
  async function writeFiles(directory: string, ...files: string[]): Promise<void> {
    for (const file of files) await write(`${directory}/${GROUP}/${file}`, '');
  }
  const MEMORY_FILES = ['memory.max', 'memory.swap.max', 'memory.oom.group'];
  const LIMITS = { memoryBytes: 8192, cpus: 1.5, processes: 7 };

  it('limits through version 2: memory without swap, and all or none is killed', async () => {
    await writeUnified();
    await writeFiles('v2', ...MEMORY_FILES, 'cpu.max', 'pids.max');
    await unified().limit(groupIn, LIMITS);
    expect(await read(`v2/${GROUP}/memory.max`)).to.equal('8192');
    expect(await read(`v2/${GROUP}/memory.swap.max`)).to.equal('0');
    expect(await read(`v2/${GROUP}/memory.oom.group`)).to.equal('1');
    expect(await read(`v2/${GROUP}/cpu.max`)).to.equal('150000 100000');
    expect(await read(`v2/${GROUP}/pids.max`)).to.equal('7');
  });

  it('does without what an older kernel does not have', async () => {
    await writeUnified();
    await writeFiles('v2', 'memory.max');
    await unified().limit(groupIn, { memoryBytes: 8192 });
    expect(await readdir(groupIn(join(top, 'v2')))).not.to.include('memory.swap.max');
  });

  it('limits through version 1: memory and swap together', async () => {
    await writeFiles('memory', 'memory.limit_in_bytes', 'memory.memsw.limit_in_bytes');
    await writeFiles('cpu', 'cpu.cfs_quota_us');
    await writeFiles('pids', 'pids.max');
    for (const accounting of [legacy(), hybrid()]) {
      await accounting.limit(groupIn, LIMITS);
      expect(await read(`memory/${GROUP}/memory.limit_in_bytes`)).to.equal('8192');
      expect(await read(`memory/${GROUP}/memory.memsw.limit_in_bytes`)).to.equal('8192');
      expect(await read(`cpu/${GROUP}/cpu.cfs_quota_us`)).to.equal('150000');
      expect(await read(`pids/${GROUP}/pids.max`)).to.equal('7');
    }
  });

  it('refuses less than is used, with both figures, and counts no copies of files as used', async () => {
    const MIB = 1024 * 1024;
    await writeFiles('v2', ...MEMORY_FILES);
    await write(`v2/${GROUP}/memory.current`, `${100 * MIB}\n`);
    await write(`v2/${GROUP}/memory.swap.current`, `${10 * MIB}\n`);
    await write(`v2/${GROUP}/memory.stat`, `active_file ${20 * MIB}\ninactive_file ${30 * MIB}\n`);
    expect((await failureOf(unified().limit(groupIn, { memoryBytes: 59 * MIB }))).message).to.equal(
      'a limit of 59 MiB is below the 60 MiB in use',
    );
    expect(await read(`v2/${GROUP}/memory.max`)).to.equal('');
    await unified().limit(groupIn, { memoryBytes: 60 * MIB });
    await writeFiles('memory', 'memory.limit_in_bytes');
    await write(`memory/${GROUP}/memory.usage_in_bytes`, `${100 * MIB}\n`);
    await write(`memory/${GROUP}/memory.stat`, `total_swap ${1 * MIB}\ntotal_active_file 0\n`);
    expect((await failureOf(legacy().limit(groupIn, { memoryBytes: 100 * MIB }))).message).to.equal(
      'a limit of 100 MiB is below the 101 MiB in use',
    );
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
