import { link, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { identitiesOf } from '../../../../src/system/file/identities.js';

describe('identitiesOf', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    await mkdir(join(root, 'real'));
    await symlink('real', join(root, 'link'));
  });
  afterEach(() => rm(root, { recursive: true }));

  /** Whether two paths below the root lead to one thing. */
  async function isSame(one: string, other: string): Promise<boolean> {
    const found = new Set(await identitiesOf(`${root}/${one}`));
    return (await identitiesOf(`${root}/${other}`)).some((identity) => found.has(identity));
  }

  for (const isThere of [true, false])
    describe(isThere ? 'of a file' : 'of one that is to be made', () => {
      beforeEach(async () => {
        if (isThere) await writeFile(join(root, 'real/a'), '');
      });

      for (const path of ['real//a', 'real/./a', './real/a/', 'real/x/../a', 'link/a', 'link//a'])
        it(`are those of '${path}', too`, async () => {
          expect(await isSame('real/a', path)).to.be.true;
        });

      it('are not those of another', async () => {
        for (const path of ['real/b', 'a', 'real', 'link', 'real/a/a'])
          expect(await isSame('real/a', path), path).to.be.false;
      });
    });

  it('are the same for all names of a file', async () => {
    await writeFile(join(root, 'a'), '');
    await link(join(root, 'a'), join(root, 'real/b'));
    expect(await isSame('a', 'link/b')).to.be.true;
  });

  it('stay in part when the file is made, or gets another name', async () => {
    expect(await isSame('link/x/y/a', 'real/x/y/a')).to.be.true;
    const before = await identitiesOf(join(root, 'link/a'));
    await writeFile(join(root, 'real/a'), '');
    const made = await identitiesOf(join(root, 'real/a'));
    expect(made).to.include.members(before.slice(1));
    await rename(join(root, 'real/a'), join(root, 'b'));
    expect(await identitiesOf(join(root, 'b'))).to.include(made.at(-1));
  });

  it('are the number of a device, whatever its name', async function () {
    const devices = await readdir('/dev', { withFileTypes: true });
    const name = devices.find((entry) => entry.isBlockDevice())?.name;
    // There may be none in a container.
    if (name === undefined) return this.skip();
    await symlink(join('/dev', name), join(root, 'device'));
    const device = (await identitiesOf(join('/dev', name))).at(-1);
    expect(device).to.match(/^device:/);
    expect(await identitiesOf(join(root, 'device'))).to.include(device);
  });

  it('of what cannot be looked up are what can', async () => {
    await symlink('loop', join(root, 'loop'));
    expect(await identitiesOf(join(root, 'loop/a'))).to.deep.equal([`path:${root}/loop/a`]);
    expect(await identitiesOf('/a\0b//c')).to.deep.equal(['path:/a\0b/c']);
    expect(await identitiesOf('/')).to.include('path:/');
  });
});
