import { chmod, chown, lchown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { isTrustedPath } from '../../../../src/system/file/trusted-path.js';
import { failureOf } from '../../../support/failure.js';

describe('isTrustedPath', () => {
  let root: string;
  const at = (name: string) => join(root, name);
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    await mkdir(at('a/b'), { recursive: true });
    await writeFile(at('a/b/file'), '');
    await chmod(at('a/b/file'), 0o755);
    await symlink('../a/b/../b/file', at('a/link'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('follows links, in a directory for everybody too if that has the sticky bit', async () => {
    for (const path of ['a/b/file', 'a/link', 'a/./b//file'])
      expect(await isTrustedPath(at(path)), path).to.equal(true);
  });

  for (const [what, path, mode] of [
    ['a file', 'a/b/file', 0o775],
    ['a directory', 'a/b', 0o757],
    ['a directory above', 'a', 0o770],
  ] as const)
    it(`does not trust ${what} that others may change, whichever way leads there`, async () => {
      await chmod(at(path), mode);
      expect(await isTrustedPath(at('a/b/file'))).to.equal(false);
      await symlink(at('a/b/file'), at('link'));
      expect(await isTrustedPath(at('link'))).to.equal(false);
    });

  it('does not trust what belongs to somebody else', async function () {
    if (process.geteuid?.() !== 0) this.skip();
    await lchown(at('a/link'), 12_345, 0);
    expect(await isTrustedPath(at('a/link'))).to.equal(false);
    expect(await isTrustedPath(at('a/b/file'))).to.equal(true);
    await chown(at('a/b/file'), 12_345, 0);
    expect(await isTrustedPath(at('a/b/file'))).to.equal(false);
  });

  it('gives up on links that lead in a circle, and fails for one that leads nowhere', async () => {
    await symlink('circle', at('circle'));
    expect(await isTrustedPath(at('circle'))).to.equal(false);
    await symlink('nowhere', at('broken'));
    expect((await failureOf(isTrustedPath(at('broken')))).message).to.include('ENOENT');
  });
});
