import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { errorCode, errorReason, ignoring, isDone } from '../../../../src/base/errno.js';
import {
  nameNewFile,
  readIfExists,
  removeIfExists,
  removeTemporaries,
  replaceLink,
  steadyTemporaryName,
  tailFile,
  writeFileAtomically,
} from '../../../../src/system/file/files.js';
import { onStep } from '../../../../src/system/kernel/steps.js';
import { failureOf } from '../../storage/fixtures.js';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
  path = join(directory, 'file');
});
afterEach(() => rm(directory, { recursive: true }));

describe('errorCode and errorReason', () => {
  it('tell the code of a system error, and what it means', async () => {
    const error = await failureOf(readFile(path));
    expect(errorCode(error)).to.equal('ENOENT');
    expect(errorReason(error)).to.equal('No such file or directory');
  });

  it('tell no code, and the message, of any other', () => {
    expect(errorCode(new Error('no'))).to.be.undefined;
    expect(errorCode('no')).to.be.undefined;
    expect(errorReason(new Error('no'))).to.equal('no');
    expect(errorReason(Object.assign(new Error(), { errno: -5 }))).to.equal('I/O error');
  });
});

describe('ignoring', () => {
  it('is undefined for the errors that it is told', async () => {
    expect(await ignoring(['ENOENT'], readFile(path))).to.be.undefined;
    expect(await ignoring([], Promise.resolve(1))).to.equal(1);
  });

  it('fails with any other', async () => {
    expect((await failureOf(ignoring(['EEXIST'], readFile(path)))).message).to.include('ENOENT');
    expect(
      (await failureOf(ignoring(['EEXIST'], Promise.reject(new Error('no'))))).message,
    ).to.equal('no');
  });
});

describe('isDone', () => {
  it('tells what is done from what failed in a way that is as good', async () => {
    expect(await isDone(['ENOENT'], Promise.resolve())).to.be.true;
    expect(await isDone(['ENOENT'], readFile(path))).to.be.false;
    expect((await failureOf(isDone(['EEXIST'], readFile(path)))).message).to.include('ENOENT');
  });
});

describe('readIfExists and removeIfExists', () => {
  it('do not mind a file that is not there', async () => {
    expect(await readIfExists(path)).to.be.undefined;
    await removeIfExists(path);
    await writeFile(path, 'text');
    expect(await readIfExists(path)).to.equal('text');
    await removeIfExists(path);
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('fail for what is no file', async () => {
    await mkdir(path);
    expect(errorCode(await failureOf(readIfExists(path)))).to.equal('EISDIR');
    expect(errorCode(await failureOf(removeIfExists(path)))).to.be.oneOf(['EISDIR', 'EPERM']);
  });
});

describe('nameNewFile', () => {
  const withoutLinks = () =>
    Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }));
  const ways = [
    ['with a hard link', undefined],
    ['where there are none', withoutLinks],
  ] as const;
  for (const [how, hardLink] of ways)
    describe(how, () => {
      const temporary = () => join(directory, 'new');
      beforeEach(() => writeFile(temporary(), 'text'));

      it('gives a file its name', async () => {
        await nameNewFile(temporary(), path, hardLink);
        expect(await readFile(path, 'utf8')).to.equal('text');
        expect(await readdir(directory)).to.deep.equal(['file']);
      });

      it('does not take that of another', async () => {
        await writeFile(path, 'other');
        expect(errorCode(await failureOf(nameNewFile(temporary(), path, hardLink)))).to.equal(
          'EEXIST',
        );
        expect(await readFile(path, 'utf8')).to.equal('other');
      });
    });

  it('leaves nothing under a name that it could not give', async () => {
    const missing = join(directory, 'missing');
    expect(errorCode(await failureOf(nameNewFile(missing, path, withoutLinks)))).to.equal('ENOENT');
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('says what else is wrong', async () => {
    const full = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    expect(errorCode(await failureOf(nameNewFile(path, path, full)))).to.equal('ENOSPC');
  });
});

describe('writeFileAtomically', () => {
  it('makes the file with exactly this mode, and nothing beside it', async () => {
    const umask = process.umask(0o077);
    try {
      await writeFileAtomically(path, 'text', 0o644);
    } finally {
      process.umask(umask);
    }
    expect(await readFile(path, 'utf8')).to.equal('text');
    expect((await stat(path)).mode & 0o777).to.equal(0o644);
    expect(await readdir(directory)).to.deep.equal(['file']);
  });

  it('lets nobody else read it unless it is told to', async () => {
    await writeFileAtomically(path, Buffer.from([0, 255]));
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(await readFile(path)).to.deep.equal(Buffer.from([0, 255]));
  });

  it('replaces the file whole: who has the old one open goes on reading that', async () => {
    await writeFile(path, 'old text, which is longer');
    const { ino } = await stat(path);
    await writeFileAtomically(path, 'new');
    expect(await readFile(path, 'utf8')).to.equal('new');
    expect((await stat(path)).ino).not.to.equal(ino);
  });

  it('replaces a symbolic link, and leaves what it points to', async () => {
    const target = join(directory, 'target');
    await writeFile(target, 'untouched');
    await symlink(target, path);
    await writeFileAtomically(path, 'new');
    expect(await readFile(target, 'utf8')).to.equal('untouched');
    expect(await readFile(path, 'utf8')).to.equal('new');
  });

  it('leaves nothing behind when it fails, and what was there as it was', async () => {
    await mkdir(join(path, 'inside'), { recursive: true });
    expect(errorCode(await failureOf(writeFileAtomically(path, 'new')))).to.be.oneOf([
      'EISDIR',
      'ENOTEMPTY',
    ]);
    expect(await readdir(directory)).to.deep.equal(['file']);
    expect(await readdir(path)).to.deep.equal(['inside']);
  });

  it('fails without the directory', async () => {
    const writing = writeFileAtomically(join(directory, 'none', 'file'), 'new');
    expect(errorCode(await failureOf(writing))).to.equal('ENOENT');
  });

  it('takes a name as long as a name can be', async () => {
    await writeFileAtomically(join(directory, 'x'.repeat(255)), 'text');
    expect(await readdir(directory)).to.deep.equal(['x'.repeat(255)]);
  });

  it('lets many write at once: the file is one of theirs', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `${index}`.repeat(1_000));
    await Promise.all(texts.map((text) => writeFileAtomically(path, text)));
    expect(texts).to.include(await readFile(path, 'utf8'));
    expect(await readdir(directory)).to.deep.equal(['file']);
  });
});

describe('replaceLink', () => {
  it('makes a link, and changes it', async () => {
    for (const target of ['/one', '/two', '/two']) {
      await replaceLink(target, path);
      expect(await readlink(path)).to.equal(target);
    }
    expect(await readdir(directory)).to.deep.equal(['file']);
  });

  it('replaces a file', async () => {
    await writeFile(path, '');
    await replaceLink('/one', path);
    expect(await readlink(path)).to.equal('/one');
  });

  it('leaves a directory, and nothing beside it', async () => {
    await mkdir(path);
    await failureOf(replaceLink('/one', path));
    expect(await readdir(directory)).to.deep.equal(['file']);
    expect((await stat(path)).isDirectory()).to.be.true;
  });
});

describe('the steps of changes to files', () => {
  const heard: string[] = [];
  let stop: () => void = () => undefined;
  beforeEach(() => {
    heard.length = 0;
    stop = onStep(({ name, subject }) => {
      if (subject === path || subject === directory) heard.push(name);
    });
  });
  afterEach(() => {
    stop();
  });

  it('are told in their order', async () => {
    await writeFileAtomically(path, 'text');
    await removeIfExists(path);
    await replaceLink('target', path);
    expect(heard).to.deep.equal([
      ...['new file made', 'new file written', 'file replaced', 'directory synced'],
      ...['file removed', 'new link made', 'link replaced'],
    ]);
  });

  it('are none where nothing is changed', async () => {
    await symlink('target', path);
    await replaceLink('target', path);
    await removeIfExists(join(directory, 'missing'));
    expect(heard).to.deep.equal([]);
  });
});

describe('removeTemporaries', () => {
  it('removes what is ours and only half made, and nothing else', async () => {
    const others = ['.new', '.noded-short.new', 'noded-0123456789ab.new', '.bashrc'];
    for (const name of others) await writeFile(join(directory, name), '');
    await writeFile(steadyTemporaryName(path), '');
    await writeFile(join(directory, '.noded-0123456789ab.new'), '');
    await removeTemporaries(directory);
    expect(await readdir(directory)).to.have.members(others);
  });

  it('does not mind a directory that is not there', async () => {
    await removeTemporaries(join(directory, 'missing'));
  });
});

describe('steadyTemporaryName', () => {
  it('is the same each time, and another one for another file', () => {
    expect(steadyTemporaryName(path)).to.equal(steadyTemporaryName(path));
    expect(steadyTemporaryName(path)).not.to.equal(steadyTemporaryName(`${path}2`));
  });
});

describe('tailFile', () => {
  it('gives the last lines', async () => {
    await writeFile(path, 'one\ntwo\nthree\n');
    expect(await tailFile(path, 2)).to.deep.equal(['two', 'three']);
    expect(await tailFile(path, 5)).to.deep.equal(['one', 'two', 'three']);
  });

  it('gives none of an empty file, and of none', async () => {
    expect(await tailFile(path, 2)).to.deep.equal([]);
    await writeFile(path, '');
    expect(await tailFile(path, 2)).to.deep.equal([]);
  });

  it('reads no more than the end of a large one', async () => {
    await writeFile(path, 'x'.repeat(100_000));
    await appendFile(path, '\nend');
    const [long = '', end] = await tailFile(path, 5);
    expect(long.length).to.equal(16 * 1024 - '\nend'.length);
    expect(end).to.equal('end');
  });
});
