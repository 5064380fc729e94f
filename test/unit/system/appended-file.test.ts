import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { once } from 'node:events';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppendedFile } from '../../../src/system/appended-file.js';

describe('AppendedFile', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(folder, 'file');
  });
  afterEach(() => rm(folder, { recursive: true }));

  function text(): Promise<string> {
    return readFile(path, 'utf8');
  }

  function write(file: AppendedFile, line: string): Promise<void> {
    return new Promise((resolve) => {
      file.write(line, () => {
        resolve();
      });
    });
  }

  /** What this process has open. */
  async function openFiles(): Promise<string[]> {
    const fds = await readdir('/proc/self/fd');
    return Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  }

  async function end(file: AppendedFile): Promise<void> {
    file.end();
    await once(file, 'finish');
  }

  it('keeps what is written in order, to the end', async () => {
    const file = new AppendedFile(path);
    const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}\n`);
    for (const line of lines) file.write(line);
    await end(file);
    expect(await text()).to.equal(lines.join(''));
    expect((await stat(path)).mode & 0o137).to.equal(0);
  });

  it('fails at once when it cannot be opened', () => {
    expect(() => new AppendedFile(join(folder, 'none', 'file'))).to.throw('ENOENT');
  });

  it('follows the path after it was moved away', async () => {
    const file = new AppendedFile(path);
    await write(file, 'one\n');
    await rename(path, `${path}.1`);
    await write(file, 'two\n');
    file.reopen();
    await write(file, 'three\n');
    await end(file);
    expect(await readFile(`${path}.1`, 'utf8')).to.equal('one\ntwo\n');
    expect(await text()).to.equal('three\n');
    expect(await openFiles()).not.to.include(`${path}.1`);
  });

  it('goes on after a write that failed, with the next one', async () => {
    const file = new AppendedFile(path);
    await rm(path);
    await mkdir(path);
    file.reopen();
    await write(file, 'lost\n');
    await rmdir(path);
    await write(file, 'kept\n');
    await end(file);
    expect(await text()).to.equal('kept\n');
  });

  it('ends on a full disk', async () => {
    const file = new AppendedFile('/dev/full');
    for (let count = 0; count < 100; count++) file.write('lost\n');
    await end(file);
  });
});
