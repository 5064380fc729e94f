import { access, lstat, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import type { Disk } from '../../../src/generated/objects.js';
import { TestNode } from '../../support/node/test-node.js';
import { makeProvider } from '../../unit/storage/ext/fixtures.js';

const MIB = 1024 * 1024;
const NAME = 'inst1.lab.test';

describe('The calls about storage, over the wire', () => {
  let node: TestNode;
  let directory: string;
  let disk: Disk;
  let path: string;
  before(async () => {
    node = await TestNode.start();
    disk = node.disk(NAME);
    path = node.diskPath(NAME);
    directory = join(node.stateDir, 'file-storage', NAME);
    await makeProvider(join(node.stateDir, 'extstorage', 'pvdr1'));
  });
  after(async () => {
    await node.close();
    expect(node.state()).to.deep.equal({ mounts: [], loops: [], cgroups: [], processes: [] });
  });

  /** The answer of a call that succeeds. */
  async function answer(call: string, ...params: unknown[]): Promise<unknown> {
    const [isSuccess, payload] = await node.ganeti(call, params);
    expect(isSuccess, String(payload)).to.be.true;
    return payload;
  }

  async function refusal(call: string, ...params: unknown[]): Promise<string> {
    const [isSuccess, payload] = await node.ganeti(call, params);
    expect(isSuccess).to.be.false;
    return String(payload);
  }

  it('take a disk through its life', async () => {
    await answer('file_storage_dir_create', directory);
    const id = ['loop', path];
    expect(await answer('blockdev_create', disk, 8, NAME, true, 'info', false)).to.deep.equal(id);
    await answer('blockdev_setinfo', disk, 'originstname+inst1');
    await writeFile(path, Buffer.alloc(8 * MIB, 'x'));
    await answer('blockdev_wipe', disk, 0, 1);
    expect((await readFile(path)).indexOf('x')).to.equal(MIB);
    expect(await answer('blockdev_getdimensions', [disk])).to.deep.equal([[8 * MIB, null]]);
    await answer('blockdev_grow', disk, 8, true, true, false);
    await answer('blockdev_grow', disk, 8, false, true, false);
    expect((await stat(path)).size).to.equal(16 * MIB);
    await answer('blockdev_open', NAME, [disk], true);
    const link = join(node.stateDir, 'run/instance-disks', `${NAME}:0`);
    expect((await lstat(link)).isSymbolicLink()).to.be.true;
    await answer('blockdev_close', NAME, [disk]);
    expect(await readdir(join(node.stateDir, 'run/instance-disks'))).to.deep.equal([]);
    const [status] = (await answer('blockdev_getmirrorstatus_multi', [disk])) as unknown[];
    expect(status).to.deep.equal([true, { dev_path: path, is_degraded: false, ldisk_status: 1 }]);
    await answer('blockdev_rename', [[disk, ['loop', `${path}.new`]]]);
    await answer('file_storage_dir_rename', directory, `${directory}.new`);
    await access(join(`${directory}.new`, 'disk0.new'));
    const moved = { ...disk, logical_id: ['loop', join(`${directory}.new`, 'disk0.new')] };
    await answer('blockdev_remove', moved);
    await answer('file_storage_dir_remove', `${directory}.new`);
  });

  it('serve shared files like files', async () => {
    const shared = { ...disk, dev_type: 'sharedfile' };
    await answer('file_storage_dir_create', directory);
    await answer('blockdev_create', shared, 8, NAME, true, 'info', false);
    expect((await stat(path)).size).to.equal(8 * MIB);
    await answer('blockdev_remove', shared);
    await answer('file_storage_dir_remove', directory);
  });

  it('measure and list', async () => {
    const storage = join(node.stateDir, 'file-storage');
    const [, [info]] = (await answer('node_info', [['file', storage, []]], null)) as [
      string,
      [Record<string, unknown>],
    ];
    expect(info).to.include({ type: 'file', name: storage });
    expect(info['storage_size']).to.be.a('number').that.is.above(0);
    const missing = ['file', join(storage, 'missing'), []];
    const units = [['file', storage, []], missing];
    const [, [there, gone]] = (await answer('node_info', units, null)) as [string, unknown[]];
    expect(there).to.have.property('storage_size', info['storage_size']);
    expect(gone).to.deep.equal({
      type: 'file',
      name: join(storage, 'missing'),
      storage_size: null,
      storage_free: null,
    });
    const fields = ['name', 'used', 'allocatable'];
    expect(await answer('storage_list', 'file', [[storage]], null, fields)).to.deep.equal([
      [storage, 0, true],
    ]);
    expect(await answer('extstorage_diagnose')).to.deep.equal([
      ['pvdr1', join(node.stateDir, 'extstorage/pvdr1'), true, '', []],
    ]);
    expect(await answer('bdev_sizes', ['/dev/null'])).to.deep.equal({});
  });

  it('refuse DRBD by its name', async () => {
    for (const [call, ...params] of [
      ['drbd_helper'],
      ['drbd_disconnect_net', []],
      ['drbd_attach_net', [], false],
      ['drbd_wait_sync', []],
      ['drbd_needs_activation', []],
      ['blockdev_addchildren', disk, []],
      ['blockdev_removechildren', disk, []],
    ] as [string, ...unknown[]][])
      expect(await refusal(call, ...params)).to.equal(
        `DRBD is not served by this node daemon (${call})`,
      );
  });

  it('refuse paths outside of the directories for files', async () => {
    const outside = { ...disk, logical_id: ['loop', join(node.stateDir, 'disk0')] };
    for (const [call, ...params] of [
      ['blockdev_grow', outside, 1, false, true, false],
      ['blockdev_wipe', outside, 0, 1],
      ['blockdev_image', outside, '/dev/loop0', 1],
      ['blockdev_getdimensions', [outside]],
      ['blockdev_open', NAME, [outside], true],
      ['blockdev_convert', outside, outside],
      ['storage_list', 'file', [['/etc']], null, ['used']],
      ['file_storage_dir_rename', directory, join(node.stateDir, 'x')],
    ] as [string, ...unknown[]][])
      expect(await refusal(call, ...params), call).to.match(
        /is not acceptable for file storage|uses a forbidden prefix|not found/,
      );
  });
});
