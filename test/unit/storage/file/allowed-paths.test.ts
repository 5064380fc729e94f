import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FileStoragePathError } from '../../../../src/base/errors.js';
import { FileStoragePaths } from '../../../../src/storage/file/allowed-paths.js';
import { failureOf, StorageFixture } from '../fixtures.js';

describe('FileStoragePaths.accept', () => {
  let fixture: StorageFixture;
  let paths: FileStoragePaths;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    paths = fixture.paths;
  });
  afterEach(() => fixture.remove());

  async function refusal(path: string, options = {}): Promise<string> {
    const error = await failureOf(paths.accept(path, options));
    expect(error).to.be.instanceOf(FileStoragePathError);
    return error.message;
  }

  it('accepts what is below an allowed directory, made or not', async () => {
    const path = join(fixture.storage, 'inst1', 'deeper', 'disk0');
    expect(await paths.accept(path)).to.equal(path);
  });

  it('returns the path normalised', async () => {
    expect(await paths.accept(`${fixture.storage}//a/../b/./c/`)).to.equal(
      join(fixture.storage, 'b', 'c'),
    );
  });

  it('accepts the allowed directory itself only when asked to', async () => {
    const message = `Path '${fixture.storage}' is not acceptable for file storage`;
    expect(await refusal(fixture.storage)).to.equal(message);
    expect(await paths.accept(fixture.storage, { exactMatchOk: true })).to.equal(fixture.storage);
  });

  it('refuses a directory whose name only begins like an allowed one', async () => {
    expect(await refusal(`${fixture.storage}2/disk0`)).to.match(/is not acceptable/);
  });

  it('refuses ".." that leads out', async () => {
    const path = `${fixture.storage}/inst1/../../elsewhere`;
    expect(await refusal(path)).to.equal(`Path '${path}' is not acceptable for file storage`);
    expect(await refusal(`${fixture.storage}/..`, { exactMatchOk: true })).to.match(
      /not acceptable/,
    );
  });

  it('refuses a relative path and one with a NUL', async () => {
    expect(await refusal('storage/disk0')).to.equal(
      "File storage path must be absolute, got 'storage/disk0'",
    );
    expect(await refusal(`${fixture.storage}/disk\0`)).to.match(/is not acceptable/);
  });

  it('refuses forbidden prefixes, also when they are listed as allowed', async () => {
    await writeFile(join(fixture.root, 'allowed'), '/\n/etc\n');
    for (const path of ['/etc', '/etc/passwd', '/usr/lib64/x', '/srv/../root/x', '/proc/1/root/x'])
      expect(await refusal(path)).to.equal(`Path '${path}' uses a forbidden prefix`);
    expect(await paths.accept('/srv-of-nobody/x')).to.equal('/srv-of-nobody/x');
  });

  for (const [state, prepare] of [
    ['missing', (file: string) => rm(file)],
    ['empty but for comments', (file: string) => writeFile(file, '# /srv\n\n')],
    ['a directory', (file: string) => rm(file).then(() => mkdir(file))],
  ] as const) {
    it(`refuses everything while the list is ${state}`, async () => {
      const file = join(fixture.root, 'allowed');
      await prepare(file);
      const message = `No paths are valid or path file '${file}' was not accessible.`;
      expect(await refusal(fixture.diskPath())).to.equal(message);
    });
  }

  it('passes over relative and unresolvable lines of the list', async () => {
    await symlink('loop', join(fixture.root, 'loop'));
    await writeFile(
      join(fixture.root, 'allowed'),
      `srv\n${fixture.root}/loop\n${fixture.storage}\n`,
    );
    expect(await paths.accept(fixture.diskPath())).to.equal(fixture.diskPath());
  });

  describe('with symbolic links', () => {
    let outside: string;
    beforeEach(async () => {
      outside = join(fixture.root, 'outside');
      await mkdir(join(outside, 'inst1'), { recursive: true });
      await writeFile(join(outside, 'disk0'), 'precious');
    });

    it('refuses a file that is a link to the outside', async () => {
      await symlink(join(outside, 'disk0'), fixture.diskPath());
      expect(await refusal(fixture.diskPath())).to.equal(
        `Path '${fixture.diskPath()}' leads out of the directories for file storage, to '${join(outside, 'disk0')}'`,
      );
    });

    it('refuses a directory that is a link to the outside, at every level', async () => {
      await mkdir(join(fixture.storage, 'a', 'b'), { recursive: true });
      await symlink(outside, join(fixture.storage, 'link'));
      await symlink(outside, join(fixture.storage, 'a', 'link'));
      await symlink('../../../outside', join(fixture.storage, 'a', 'b', 'link'));
      for (const path of ['link/new', 'a/link/inst1/new', 'a/b/link/inst1', 'a/b/link/new/deep'])
        expect(await refusal(join(fixture.storage, path))).to.match(/leads out of the directories/);
    });

    it('does not let ".." after a link stand for something else than is used', async () => {
      await symlink(join(outside, 'inst1'), join(fixture.storage, 'link'));
      expect(await paths.accept(`${fixture.storage}/link/../disk0`)).to.equal(fixture.diskPath());
    });

    it('refuses a chain of links and a link to another link', async () => {
      await symlink('second', join(fixture.storage, 'first'));
      await symlink(outside, join(fixture.storage, 'second'));
      expect(await refusal(join(fixture.storage, 'first', 'x'))).to.match(/leads out/);
    });

    it('refuses a broken link, which may be mended to lead anywhere', async () => {
      await symlink(join(fixture.root, 'later'), join(fixture.storage, 'link'));
      for (const path of ['link', 'link/x', 'link/x/y'])
        expect(await refusal(join(fixture.storage, path))).to.match(/is a broken symbolic link/);
    });

    it('refuses a link to itself', async () => {
      await symlink('loop', join(fixture.storage, 'loop'));
      expect(await refusal(join(fixture.storage, 'loop', 'x'))).to.match(/cannot be resolved: Too/);
    });

    it('accepts links that stay inside, and an allowed directory that is a link itself', async () => {
      await mkdir(join(fixture.storage, 'inst1'));
      await symlink('inst1', join(fixture.storage, 'alias'));
      await symlink(fixture.storage, join(fixture.root, 'front'));
      await writeFile(join(fixture.root, 'allowed'), `${fixture.root}/front\n${fixture.storage}\n`);
      for (const path of ['storage/alias/disk0', 'front/inst1/disk0'])
        expect(await paths.accept(join(fixture.root, path))).to.equal(join(fixture.root, path));
    });
  });
});

describe('FileStoragePaths.wrongDirectories', () => {
  let fixture: StorageFixture;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
  });
  afterEach(() => fixture.remove());

  it('finds forbidden and relative directories on the list, numbers in their order', async () => {
    const listed = ['/srv/x', '/etc/10', '/etc/9', 'relative', '/usr/../bin', '#/dev'];
    await writeFile(join(fixture.root, 'allowed'), listed.join('\n'));
    expect(await fixture.paths.wrongDirectories()).to.deep.equal([
      '/bin',
      '/etc/9',
      '/etc/10',
      'relative',
    ]);
  });

  it('finds nothing when there is no list', async () => {
    await rm(join(fixture.root, 'allowed'));
    expect(await fixture.paths.wrongDirectories()).to.deep.equal([]);
  });
});

describe('FileStoragePaths.checkUsable', () => {
  let fixture: StorageFixture;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
  });
  afterEach(() => fixture.remove());

  it('is content with an allowed directory', async () => {
    await fixture.paths.checkUsable(fixture.storage);
  });

  it('refuses what is not allowed, not there, or no directory', async () => {
    const refusal = async (path: string) => {
      const error = await failureOf(fixture.paths.checkUsable(path));
      expect(error).to.be.instanceOf(FileStoragePathError);
      return error.message;
    };
    expect(await refusal('/srv/x')).to.equal("Path '/srv/x' is not acceptable for file storage");
    const path = join(fixture.storage, 'sub');
    const message = `Path '${path}' is not existing or not a directory.`;
    expect(await refusal(path)).to.equal(message);
    await writeFile(path, '');
    expect(await refusal(path)).to.equal(message);
  });
});
