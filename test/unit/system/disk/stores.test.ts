import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Stores } from '../../../../src/system/disk/stores.js';
import { parseMountinfo } from '../../../../src/system/proc/mount-table.js';

describe('Stores.of', () => {
  let directory: string;
  let stores: Stores;
  let backingFile: string | undefined;
  beforeEach(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'stores-')));
    for (const name of ['far', 'image', 'local']) await mkdir(join(directory, name));
    const mounts = [
      '21 1 8:1 / / rw - ext4 /dev/sda1 rw',
      '22 21 0:40 / /dev rw - devtmpfs udev rw',
      `23 21 0:50 / ${directory}/far rw - nfs4 server:/srv rw`,
      `24 21 7:3 / ${directory}/image rw - ext4 /dev/loop3 rw`,
      `25 21 8:2 / ${directory}/local rw - xfs /dev/sda2 rw`,
    ];
    backingFile = undefined;
    stores = new Stores({
      table: { read: () => Promise.resolve(parseMountinfo(`${mounts.join('\n')}\n`)) },
      loopDevices: { backingFile: () => backingFile },
    });
  });
  afterEach(() => rm(directory, { recursive: true }));

  const store = (name: string, isLocal: boolean) => ({ name, isLocal });

  it('finds the mount that a path is on, and whether that is local', async () => {
    expect(await stores.of(`${directory}/none/disk`)).to.deep.equal(store('/', true));
    expect(await stores.of(`${directory}/local/a/disk`)).to.deep.equal(
      store(`${directory}/local`, true),
    );
    expect(await stores.of(`${directory}/far/a/disk`)).to.deep.equal(
      store(`${directory}/far`, false),
    );
  });

  it('does not call local what lies on something else in its turn', async () => {
    expect(await stores.of(`${directory}/image/disk`)).to.deep.equal(
      store(`${directory}/image`, false),
    );
  });

  it('follows links, up to where it is not local', async () => {
    await symlink(`${directory}/far/x`, join(directory, 'link'));
    await symlink('../link/y', join(directory, 'local/link'));
    expect(await stores.of(`${directory}/local/link/disk`)).to.deep.equal(
      store(`${directory}/far`, false),
    );
    expect(await stores.of(`${directory}/far/../local/disk`)).to.deep.equal(
      store(`${directory}/far`, false),
    );
  });

  it('takes a path with a NUL in it for one that is not there', async () => {
    expect(await stores.of(`${directory}/local/a\0b`)).to.deep.equal(
      store(`${directory}/local`, true),
    );
  });

  it('takes the directory of a device for its store, and that of the file below a loop device', async () => {
    expect(await stores.of('/dev/xenvg/disk')).to.deep.equal(store('/dev/xenvg', true));
    backingFile = `${directory}/far/disk`;
    expect(await stores.of('/dev/loop3')).to.deep.equal(store(`${directory}/far`, false));
  });
});
