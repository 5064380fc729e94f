import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Cgroups } from '../../../../src/system/cgroup/cgroups.js';
import { failureOf } from '../../storage/fixtures.js';

const PARENT = 'noded';

/** Directories that look like the kernel's hierarchies, and a mountinfo that says so. */
let top: string;
let mountinfo: string;
beforeEach(async () => {
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
  return Cgroups.detect(parent, mountinfo);
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
    for (const level of levels) await writeFile(join(level, 'cgroup.controllers'), 'memory cpu\n');
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
  it('says how a process is known to belong to it', async () => {
    const unified = (await detect({ v2: 'cgroup2 rw' })).group('x-1');
    expect(unified.membership).to.equal('0::/noded/x-1');
    expect(unified.directory).to.equal(join(top, 'v2/noded/x-1'));
    const legacy = (await detect(LEGACY, 'a/b')).group('x-1');
    expect(legacy.membership).to.equal(':freezer:/a/b/x-1');
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
    expect(await empty.kill(1_000)).to.be.true;
    expect(await readdir(empty.directory)).to.deep.equal(['cgroup.events']);
    expect(await (await detect({ v2: 'cgroup2 rw' })).group('y-1').kill(1_000)).to.be.true;
  });

  it('waits until all are gone', async () => {
    const busy = await group('populated 1\n');
    const events = join(busy.directory, 'cgroup.events');
    setTimeout(() => void writeFile(events, 'populated 0\n'), 30);
    expect(await busy.kill(5_000)).to.be.true;
    expect(await readFile(join(busy.directory, 'cgroup.kill'), 'utf8')).to.equal('1');
  });

  it('is false when some survive', async () => {
    expect(await (await group('populated 1\n')).kill(20)).to.be.false;
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
