import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Cgroups } from '../../../../src/system/cgroup/cgroups.js';
import type { Stray } from '../../../../src/system/proc/process-scan.js';
import { ticksOf, uptimeTicks } from '../../../../src/system/proc/process-stat.js';
import { FakeProcesses } from '../../../support/fakes/fake-processes.js';
import { failureOf } from '../../storage/fixtures.js';

const PARENT = 'noded';

/** Directories that look like the kernel's hierarchies, and a mountinfo that says so. */
let top: string;
let mountinfo: string;
let processes: FakeProcesses;
beforeEach(async () => {
  processes = new FakeProcesses();
  top = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
  mountinfo = join(top, 'mountinfo');
});
afterEach(() => rm(top, { recursive: true }));

/** @param hierarchies file system type and options, by the name of a directory */
async function detect(
  hierarchies: Readonly<Record<string, string>>,
  parent = PARENT,
): Promise<Cgroups> {
  const lines = Object.entries(hierarchies).map(([name, type]) => {
    const [fsType = '', options = ''] = type.split(' ');
    return `1 0 0:1 / ${join(top, name)} rw - ${fsType} ${fsType} rw,${options}\n`;
  });
  await writeFile(mountinfo, lines.join(''));
  for (const name of Object.keys(hierarchies)) await mkdir(join(top, name), { recursive: true });
  return Cgroups.detect(parent, { processes, rootsDir: join(top, 'roots'), mountinfo });
}

const LEGACY = { freezer: 'cgroup freezer', memory: 'cgroup memory', cpu: 'cgroup cpu,cpuacct' };

describe('Cgroups.detect', () => {
  it('makes the parent group, also where nothing is handed on', async () => {
    await detect({ v2: 'cgroup2 nsdelegate' }, 'a/b');
    expect(await readdir(join(top, 'v2', 'a'))).to.deep.equal(['b']);
  });

  it('has version 2 hand on its controllers, level by level', async () => {
    const levels = ['', 'a', 'a/b'].map((level) => join(top, 'v2', level));
    await mkdir(join(top, 'v2/a/b'), { recursive: true });
    for (const level of levels) {
      await writeFile(join(level, 'cgroup.controllers'), 'memory cpu\n');
      await writeFile(join(level, 'cgroup.subtree_control'), '');
    }
    const cgroups = await detect({ v2: 'cgroup2 nsdelegate', ...LEGACY }, 'a/b');
    for (const level of levels)
      expect(await readFile(join(level, 'cgroup.subtree_control'), 'utf8')).to.equal('+cpu');
    expect(cgroups.group('x-1').procsFiles).to.deep.equal([join(top, 'v2/a/b/x-1/cgroup.procs')]);
  });

  it('takes the controllers of version 1 where version 2 has none', async () => {
    const cgroups = await detect({ v2: 'cgroup2 nsdelegate', ...LEGACY });
    expect(cgroups.group('x-1').procsFiles).to.have.members(
      ['v2', 'memory', 'cpu'].map((name) => join(top, name, PARENT, 'x-1', 'cgroup.procs')),
    );
  });

  it('fails where there is nothing to keep track with', async () => {
    expect((await failureOf(detect({ memory: 'cgroup memory' }))).message).to.equal(
      'No control groups are mounted: neither version 2 nor the freezer of version 1',
    );
  });
});

describe('Cgroups.group', () => {
  it('is where processes are tracked', async () => {
    const unified = (await detect({ v2: 'cgroup2 rw' })).group('x-1');
    expect(unified.directory).to.equal(join(top, 'v2/noded/x-1'));
    const legacy = (await detect(LEGACY, 'a/b')).group('x-1');
    expect(legacy.directory).to.equal(join(top, 'freezer/a/b/x-1'));
  });

  it('notes when it was made, since the boot', async () => {
    const group = (await detect({ v2: 'cgroup2 rw' })).group('x-1');
    const before = uptimeTicks();
    await group.create();
    const noted = ticksOf((await stat(group.directory)).atimeMs);
    expect(noted).to.be.within(before - 1, uptimeTicks());
    await utimes(group.directory, 1, 1);
    await group.create();
    expect((await stat(group.directory)).atimeMs).to.equal(1000);
  });

  it('is made and removed in every hierarchy, twice', async () => {
    const group = (await detect(LEGACY)).group('x-1');
    for (let time = 0; time < 2; time++) await group.create();
    for (const name of Object.keys(LEGACY))
      expect(await readdir(join(top, name, PARENT))).to.deep.equal(['x-1']);
    for (let time = 0; time < 2; time++) await group.remove();
    for (const name of Object.keys(LEGACY))
      expect(await readdir(join(top, name, PARENT))).to.deep.equal([]);
  });

  it('is among the names, whichever of its hierarchies is left', async () => {
    const cgroups = await detect({ v2: 'cgroup2 rw', ...LEGACY });
    expect(await cgroups.names()).to.deep.equal([]);
    await cgroups.group('x-1').create();
    expect(await cgroups.names()).to.deep.equal(['x-1']);
    // What can't be removed: it is found again by the hierarchy that goes last.
    await writeFile(join(top, 'memory', PARENT, 'x-1', 'file'), '');
    await failureOf(cgroups.group('x-1').remove());
    expect(await cgroups.names()).to.deep.equal(['x-1']);
  });

  it('tells usage and takes limits', async () => {
    const group = (await detect(LEGACY)).group('x-1');
    await group.create();
    await writeFile(join(group.directory, 'cgroup.procs'), '11\n');
    expect(await group.usage()).to.include({ processes: 1, memoryBytes: undefined });
    await writeFile(join(top, 'memory', PARENT, 'x-1', 'memory.limit_in_bytes'), '');
    await group.limit({ memoryBytes: 5 });
    expect(await readdir(join(top, 'memory', PARENT, 'x-1'))).to.deep.equal([
      'memory.limit_in_bytes',
    ]);
  });
});

describe('ControlGroup.kill', () => {
  async function group(events: string) {
    const found = (await detect({ v2: 'cgroup2 rw' })).group('x-1');
    await found.create();
    await writeFile(join(found.directory, 'cgroup.events'), events);
    return found;
  }

  it('does not touch an empty group, nor one that is not there', async () => {
    const empty = await group('populated 0\n');
    expect(await empty.kill(1_000)).to.deep.equal([]);
    expect(await readdir(empty.directory)).to.deep.equal(['cgroup.events']);
    await (await detect({ v2: 'cgroup2 rw' })).group('y-1').kill(1_000);
    expect(processes.signals).to.deep.equal([]);
  });

  it('kills one by one, and waits until all are gone', async () => {
    const busy = await group('populated 1\n');
    const events = join(busy.directory, 'cgroup.events');
    setTimeout(() => void writeFile(events, 'populated 0\n'), 5);
    await busy.kill(5_000);
    const whose = { group: busy.directory, root: undefined, rootsDir: join(top, 'roots') };
    expect(processes.signals[0]).to.deep.equal({ whose, signal: 'SIGKILL' });
    expect(await readdir(busy.directory)).to.deep.equal(['cgroup.events']);
  });

  it('has the kernel kill all at once who fork faster than that', async () => {
    const busy = await group('populated 1\n');
    await writeFile(join(busy.directory, 'cgroup.kill'), '');
    await busy.kill(100);
    expect(await readFile(join(busy.directory, 'cgroup.kill'), 'utf8')).to.equal('1');
  });

  /** Has another process stand in the group. */
  function addStray(root?: string): Stray {
    const stray = { pid: 4711, command: 'cron', root, whose: 'of the node' };
    processes.strays.push(stray);
    return stray;
  }

  it('moves others out and kills nobody at once while they are in, not even when they cannot be moved', async () => {
    const busy = await group('populated 1\n');
    await writeFile(join(busy.directory, 'cgroup.kill'), '');
    const stray = addStray();
    expect(await busy.kill(5_000)).to.deep.equal([stray]);
    await writeFile(join(top, 'v2/cgroup.procs'), '');
    expect(await busy.kill(100)).to.deep.equal([stray]);
    expect(await readFile(join(top, 'v2/cgroup.procs'), 'utf8')).to.equal('4711');
    expect(await readFile(join(busy.directory, 'cgroup.kill'), 'utf8')).to.equal('');
  });

  it('moves those of another instance back', async () => {
    const busy = await group('populated 1\n');
    const home = join(top, 'v2', PARENT, 'instance-inst2');
    await mkdir(home);
    await writeFile(join(home, 'cgroup.procs'), '');
    addStray(join(top, 'roots/inst2'));
    await busy.kill(50);
    expect(await readFile(join(home, 'cgroup.procs'), 'utf8')).to.equal('4711');
  });
});

describe('Cgroups.close', () => {
  it('removes the parent groups that are empty, and leaves those that are not', async () => {
    const cgroups = await detect(LEGACY);
    await cgroups.group('x-1').create();
    await cgroups.close();
    expect(await readdir(join(top, 'freezer', PARENT))).to.deep.equal(['x-1']);
    await cgroups.group('x-1').remove();
    for (let time = 0; time < 2; time++) await cgroups.close();
    for (const name of Object.keys(LEGACY)) expect(await readdir(join(top, name))).to.be.empty;
  });
});
