import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  checksums,
  notExecutable,
  outOfBandProblems,
} from '../../../../src/node/verify/file-checks.js';
import { Commands } from '../../../../src/system/command/command.js';
import { failureOf } from '../../storage/fixtures.js';

describe('Checks of files', () => {
  let root: string;
  const at = (name: string) => join(root, name);
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    await writeFile(at('file'), 'abc');
    await mkdir(at('directory'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('sums up the files that are there', async () => {
    await writeFile(at('empty'), '');
    await symlink(at('file'), at('link'));
    await symlink(at('nowhere'), at('broken'));
    await new Commands().run(['mkfifo', at('fifo')], { timeoutMs: 5000 });
    const names = [
      'file',
      'empty',
      'link',
      'broken',
      'fifo',
      'directory',
      'none',
      'file/below',
      'a'.repeat(256),
    ];
    expect(await checksums(undefined, names.map(at))).to.deep.equal({
      [at('file')]: 'a9993e364706816aba3e25717850c26c9cd0d89d',
      [at('empty')]: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
      [at('link')]: 'a9993e364706816aba3e25717850c26c9cd0d89d',
    });
  });

  it('answers with virtual paths when it is asked with them', async () => {
    const asked = '/###-VIRTUAL-PATH-###,/file';
    expect(await checksums(root, [asked])).to.deep.equal({
      [asked]: 'a9993e364706816aba3e25717850c26c9cd0d89d',
    });
    expect((await failureOf(checksums(root, ['/etc/passwd']))).message).to.equal(
      "Path '/etc/passwd' is not a virtual path",
    );
  });

  it('finds scripts that cannot be executed', async () => {
    await writeFile(at('script'), '#!/bin/sh\n', { mode: 0o755 });
    const names = ['script', 'file', 'directory', 'none'];
    expect(await notExecutable(names.map(at))).to.deep.equal(names.slice(1).map(at));
  });

  it('says what is wrong with programs for out of band management', async () => {
    await writeFile(at('program'), '');
    await chmod(at('program'), 0o700);
    const paths = ['program', 'file', 'directory', 'none'].map(at);
    expect(await outOfBandProblems(paths)).to.deep.equal([
      null,
      `out of band helper ${at('file')} is not executable`,
      `out of band helper ${at('directory')} is not a file`,
      `error stating out of band helper: No such file or directory: '${at('none')}'`,
    ]);
  });
});
