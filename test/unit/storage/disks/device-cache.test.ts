import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { DeviceCache } from '../../../../src/storage/disks/device-cache.js';
import { StorageFixture } from '../fixtures.js';

describe('DeviceCache', () => {
  let fixture: StorageFixture;
  let cache: DeviceCache;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    cache = new DeviceCache({ directory: fixture.cache, logger: fixture.logger });
  });
  afterEach(() => fixture.remove());

  function text(name: string): Promise<string> {
    return readFile(join(fixture.cache, name), 'utf8');
  }

  it('writes owner, state and name, and replaces them', async () => {
    await cache.update('/srv/a/disk0', { owner: 'inst1', onPrimary: true, ivName: 'disk/0' });
    expect(await text('bdev__srv_a_disk0')).to.equal('inst1 primary disk/0\n');
    await cache.update('/srv/a/disk0', { owner: 'inst1', onPrimary: false, ivName: undefined });
    expect(await text('bdev__srv_a_disk0')).to.equal('inst1 secondary not_visible\n');
  });

  it('leaves /dev out of the file name', async () => {
    await cache.update('/dev/vg/lv', { owner: 'inst1', onPrimary: true, ivName: 'disk/0' });
    expect(await readdir(fixture.cache)).to.deep.equal(['bdev_vg_lv']);
  });

  it('removes what it wrote, twice', async () => {
    await cache.update('/srv/a', { owner: 'inst1', onPrimary: true, ivName: 'disk/0' });
    await cache.remove('/srv/a');
    await cache.remove('/srv/a');
    expect(await readdir(fixture.cache)).to.deep.equal([]);
  });

  it('logs a failure, and goes on', async () => {
    await rm(fixture.cache, { recursive: true });
    await cache.update('/srv/a', { owner: 'inst1', onPrimary: true, ivName: 'disk/0' });
    expect(fixture.logged).to.have.lengthOf(1);
    expect(fixture.logged[0]).to.deep.include({
      message: "can't update bdev cache",
      devPath: '/srv/a',
      reason: 'No such file or directory',
    });
  });
});
