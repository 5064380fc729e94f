import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { errorCode } from '../../../../src/base/errno.js';
import {
  groupProcesses,
  makeGroup,
  readGroupFile,
  readGroupNumber,
  removeGroup,
  startOfGroupFile,
  subgroups,
} from '../../../../src/system/cgroup/group-files.js';
import { failureOf } from '../../storage/fixtures.js';

let directory: string;
let group: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
  group = join(directory, 'group');
});
afterEach(() => rm(directory, { recursive: true }));

describe('makeGroup', () => {
  it('makes the group and its parents, twice', async () => {
    for (let time = 0; time < 2; time++) await makeGroup(join(group, 'a', 'b'));
    expect(await readdir(join(group, 'a'))).to.deep.equal(['b']);
  });
});

describe('readGroupFile and readGroupNumber', () => {
  it('are undefined without the group, or the file', async () => {
    expect(await readGroupFile(group, 'x')).to.be.undefined;
    await mkdir(group);
    expect(await readGroupNumber(group, 'x')).to.be.undefined;
  });

  it('read a number, and no limit', async () => {
    await mkdir(group);
    await writeFile(join(group, 'a'), '4096\n');
    await writeFile(join(group, 'b'), 'max\n');
    await writeFile(join(group, 'c'), '12 max\n');
    expect(await readGroupNumber(group, 'a')).to.equal(4096);
    expect(await readGroupNumber(group, 'b')).to.be.undefined;
    expect(await readGroupNumber(group, 'c')).to.be.undefined;
    expect(await readGroupFile(group, 'b')).to.equal('max\n');
  });
});

describe('startOfGroupFile', () => {
  it('is undefined without the group, or the file', async () => {
    expect(startOfGroupFile(group, 'x')).to.be.undefined;
    await mkdir(group);
    expect(startOfGroupFile(group, 'x')).to.be.undefined;
  });

  it('has all of a short file, and the beginning of a long one', async () => {
    await mkdir(group);
    await writeFile(join(group, 'a'), 'populated 1\n');
    await writeFile(join(group, 'b'), '4711\n'.repeat(1_000));
    await writeFile(join(group, 'c'), '');
    expect(startOfGroupFile(group, 'a')).to.equal('populated 1\n');
    expect(startOfGroupFile(group, 'b')).to.match(/^4711\n4711\n/);
    expect(startOfGroupFile(group, 'c')).to.equal('');
  });

  it('fails for what cannot be read', async () => {
    await mkdir(join(group, 'a'), { recursive: true });
    expect(() => startOfGroupFile(group, 'a')).to.throw('EISDIR');
  });
});

describe('subgroups', () => {
  it('has the groups right below, and none without the group', async () => {
    expect(await subgroups(group)).to.deep.equal([]);
    await mkdir(join(group, 'a', 'b'), { recursive: true });
    await writeFile(join(group, 'cgroup.procs'), '');
    expect(await subgroups(group)).to.deep.equal([join(group, 'a')]);
  });
});

describe('groupProcesses', () => {
  it('has those of the group and of all groups below it', async () => {
    await mkdir(join(group, 'a', 'b'), { recursive: true });
    await writeFile(join(group, 'cgroup.procs'), '1\n20\n');
    await writeFile(join(group, 'a', 'b', 'cgroup.procs'), '300\n');
    expect(groupProcesses(group)).to.have.members([1, 20, 300]);
  });

  it('has none without the group', () => {
    expect(groupProcesses(group)).to.deep.equal([]);
  });
});

describe('removeGroup', () => {
  it('removes the group and all groups below it, twice', async () => {
    await mkdir(join(group, 'a', 'b'), { recursive: true });
    await mkdir(join(group, 'c'));
    for (let time = 0; time < 2; time++) await removeGroup(group);
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('waits until the kernel lets go of it', async () => {
    await mkdir(group);
    await writeFile(join(group, 'process'), '');
    setTimeout(() => void rm(join(group, 'process')), 30);
    await removeGroup(group);
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('goes down and up groups whose path is too long for the kernel', async () => {
    await mkdir(group);
    const deepen =
      'for level in $(seq 40); do mkdir -p $0 other; cd $0; done; echo 4711 >cgroup.procs';
    spawnSync('bash', ['-c', deepen, 'deep'.repeat(50)], { cwd: group });
    expect(groupProcesses(group)).to.deep.equal([4711]);
    spawnSync('find', [group, '-name', 'cgroup.procs', '-delete']);
    await removeGroup(group);
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('fails when processes stay in it', async () => {
    await mkdir(group);
    await writeFile(join(group, 'process'), '');
    expect(errorCode(await failureOf(removeGroup(group)))).to.be.oneOf(['ENOTEMPTY', 'EBUSY']);
  });
});
