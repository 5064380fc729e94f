import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ensureHierarchy } from '../../../../src/system/cgroup/ensure-hierarchy.js';
import type { CommandResult, CommandRunner } from '../../../../src/system/command/command.js';

describe('ensureHierarchy', () => {
  let parent: string;
  let directory: string;
  let mountinfo: string;
  let commands: { readonly asked: string[] } & CommandRunner;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'cgroup-mount-'));
    directory = join(parent, 'cgroup');
    mountinfo = join(parent, 'mountinfo');
    const asked: string[] = [];
    commands = {
      asked,
      run: (argv): Promise<CommandResult> => {
        asked.push(argv.join(' '));
        return Promise.resolve({ argv, stdout: '', stderr: '' });
      },
    };
  });
  afterEach(() => rm(parent, { recursive: true }));

  it('uses what is mounted, and leaves it alone', async () => {
    await writeFile(mountinfo, '30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n');
    const hierarchy = await ensureHierarchy(directory, commands, {
      rootsDir: join(parent, 'roots'),
      mountinfo,
    });
    await hierarchy.release();
    expect(commands.asked).to.deep.equal([]);
    expect(await readdir(parent)).to.deep.equal(['mountinfo']);
  });

  it('mounts version 2 where nothing is mounted, and unmounts it again', async () => {
    await writeFile(mountinfo, '30 20 0:26 / /sys rw - sysfs sysfs rw\n');
    const hierarchy = await ensureHierarchy(directory, commands, {
      rootsDir: join(parent, 'roots'),
      mountinfo,
    });
    expect(commands.asked).to.deep.equal([`mount -n -t cgroup2 none ${directory}`]);
    await hierarchy.release();
    expect(commands.asked[1]).to.equal(`umount -n ${directory}`);
    expect(await readdir(parent)).to.deep.equal(['mountinfo']);
  });

  it("does not take an instance's mount for the node's", async () => {
    const theirs = join(parent, 'roots/inst1/cgroup');
    await writeFile(mountinfo, `30 20 0:26 / ${theirs} rw - cgroup2 none rw\n`);
    await ensureHierarchy(directory, commands, { rootsDir: join(parent, 'roots'), mountinfo });
    expect(commands.asked).to.deep.equal([`mount -n -t cgroup2 none ${directory}`]);
  });

  it('takes over the mount of a daemon that was killed', async () => {
    await writeFile(mountinfo, `30 20 0:26 / ${directory} rw - cgroup2 none rw\n`);
    const hierarchy = await ensureHierarchy(directory, commands, {
      rootsDir: join(parent, 'roots'),
      mountinfo,
    });
    await hierarchy.release().catch(() => undefined);
    expect(commands.asked).to.deep.equal([`umount -n ${directory}`]);
  });
});
