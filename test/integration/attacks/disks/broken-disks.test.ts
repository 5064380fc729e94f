import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, beforeEach, it } from 'mocha';
import type { Disk, Instance } from '../../../../src/generated/objects.js';
import { makeImage } from '../../../../tools/kit/image.js';
import { failureOf } from '../../../support/failure.js';
import { attachLoop, detachLoop } from '../../../support/machine/loops.js';
import { processesIn } from '../../../support/machine/observe.js';
import { expectLogged } from '../../../support/node/logged.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);
const MIB = 1024 * 1024;

/**
 * A disk breaks when the file below its loop device loses its end: the kernel answers with real I/O errors where there
 * is nothing to be read; and where nothing can be written, since the file system of the file is full.
 */
describeAsRoot('an instance whose disk is broken', () => {
  const node = useNode();
  let directory = '';
  let file = '';
  let device = '';

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'broken-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=12M', 'small', directory]);
    file = join(directory, 'disk');
  });
  afterEach(async () => {
    if (device !== '') await detachLoop(device);
    device = '';
    await run('umount', [directory]);
    await rm(directory, { recursive: true });
  });

  /** An adopted disk, as an administrator gives it to an instance. */
  async function attachDisk(): Promise<Instance> {
    device = await attachLoop(file);
    return node().instance('inst1', { disks_info: [adopted()] });
  }

  function adopted(sizeMiB = 8): Disk {
    return { dev_type: 'blockdev', logical_id: ['manual', device], size: sizeMiB, mode: 'rw' };
  }

  it('is not started when its disk cannot be read, and nothing is left of it', async () => {
    await makeImage(file);
    const instance = await attachDisk();
    await truncate(file, 0);
    const error = await failureOf(node().start(instance));
    expect(error.message).to.match(/Can't mount the chroot dir: .*it can't be read: I\/O error/);
    await expectLogged(node(), 'instance_start', error);
    expect(await node().running()).to.deep.equal([]);
    expect(node().leftovers()).to.deep.equal([]);
  });

  it('is stopped all the same when its disk breaks while it runs', async () => {
    await makeImage(file);
    const instance = await attachDisk();
    await node().start(instance);
    await truncate(file, 0);
    await node().shutdown(instance, 1);
    expect(processesIn(node().root('inst1'))).to.deep.equal([]);
    expect(node().leftovers()).to.deep.equal([]);
  });

  it('fails to be wiped where nothing can be written', async () => {
    await writeFile(file, '');
    await truncate(file, 32 * MIB);
    await attachDisk();
    const error = await failureOf(node().call('blockdev_wipe', [adopted(32), 0, 32]));
    expect(error.message).to.match(/Input\/output error|No space left/);
    await expectLogged(node(), 'blockdev_wipe', error);
  });

  it('is not copied as if what cannot be read were there', async () => {
    await writeFile(file, Buffer.alloc(8 * MIB, 'x'));
    await attachDisk();
    await truncate(file, 4 * MIB);
    await mkdir(join(node().stateDir, 'file-storage/inst2'), { recursive: true });
    await writeFile(node().diskPath('inst2'), Buffer.alloc(8 * MIB, 'o'));
    const params = [adopted(), node().disk('inst2')];
    const error = await failureOf(node().call('blockdev_convert', params));
    expect(error.message).to.match(/Input\/output error/);
    await expectLogged(node(), 'blockdev_convert', error);
    expect((await stat(node().diskPath('inst2'))).size).to.equal(8 * MIB);
  });

  it('keeps its size when it cannot grow', async () => {
    const storage = join(directory, 'storage');
    await mkdir(storage);
    // Without a journal it goes on after an error.
    await run('mkfs.ext4', ['-q', '-O', '^has_journal', '-m', '0', file, '64m']);
    device = await attachLoop(file);
    await run('mount', ['-t', 'ext4', '-o', 'errors=continue', device, storage]);
    try {
      const path = join(storage, 'disk0');
      await writeFile(path, 'data');
      await truncate(path, MIB);
      await run('sync', ['--file-system', storage]);
      // What was allocated for it goes, so that it can't even be overwritten.
      await run('fallocate', ['--punch-hole', '--length', '64MiB', file]);
      await run('dd', ['if=/dev/zero', `of=${join(directory, 'filler')}`]).catch(() => undefined);
      const list = join(node().stateDir, 'etc/file-storage-paths');
      await writeFile(list, `${storage}\n`, { flag: 'a' });
      const disk: Disk = { ...adopted(1), dev_type: 'file', logical_id: ['loop', path] };
      const error = await failureOf(node().call('blockdev_grow', [disk, 4, false, true, false]));
      expect(error.message).to.match(/can't grow: I\/O error/);
      await expectLogged(node(), 'blockdev_grow', error);
      expect((await stat(path)).size).to.equal(MIB);
      expect(await readFile(path, 'utf8')).to.match(/^data/);
    } finally {
      await run('umount', [storage]);
    }
  });
});
