import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { DiskLinks } from '../../../../src/storage/disks/links.js';
import { failureOf, StorageFixture } from '../fixtures.js';

describe('DiskLinks', () => {
  let fixture: StorageFixture;
  let links: DiskLinks;
  let link: string;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    links = new DiskLinks({ directory: fixture.links });
    link = join(fixture.links, 'inst1:0');
  });
  afterEach(() => fixture.remove());

  it('makes a link named after instance and index', async () => {
    expect(await links.create('inst1', 0, '/srv/a')).to.equal(link);
    expect(await readlink(link)).to.equal('/srv/a');
  });

  it('replaces an older link and a file, and leaves nothing else behind', async () => {
    await writeFile(join(fixture.links, 'inst1:1'), 'no link');
    await links.create('inst1', 0, '/srv/a');
    await links.create('inst1', 0, '/srv/b');
    await links.create('inst1', 0, '/srv/b');
    await links.create('inst1', 1, '/srv/c');
    expect(await readlink(link)).to.equal('/srv/b');
    expect(await readlink(join(fixture.links, 'inst1:1'))).to.equal('/srv/c');
    expect(await readdir(fixture.links)).to.have.members(['inst1:0', 'inst1:1']);
  });

  it('fails over a directory, and leaves nothing else behind', async () => {
    await mkdir(link);
    expect(await failureOf(links.create('inst1', 0, '/srv/a'))).to.have.property('code', 'EISDIR');
    expect(await readdir(fixture.links)).to.deep.equal(['inst1:0']);
  });

  it('removes links, missing or not, but nothing else', async () => {
    await links.create('inst1', 0, '/srv/a');
    await links.create('inst1', 10, '/srv/a');
    await writeFile(join(fixture.links, 'inst1:1'), 'no link');
    for (const index of [0, 0, 1]) await links.remove('inst1', index);
    expect(await readdir(fixture.links)).to.have.members(['inst1:1', 'inst1:10']);
  });

  it('does not leave its directory', async () => {
    for (const name of ['../inst1', 'a/b', 'a\0b']) {
      expect(await failureOf(links.create(name, 0, '/srv/a'))).to.be.instanceOf(RangeError);
      expect(await failureOf(links.remove(name, 0))).to.be.instanceOf(RangeError);
    }
    expect(await readdir(fixture.root)).not.to.include('inst1:0');
  });
});
