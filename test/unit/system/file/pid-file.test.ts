import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { writePidFile } from '../../../../src/system/file/pid-file.js';
import { failureOf } from '../../storage/fixtures.js';

describe('writePidFile', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(directory, 'ganeti-noded.pid');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('says which process is the daemon, until it is released', async () => {
    const file = await writePidFile(path);
    expect(await readFile(path, 'utf8')).to.equal(`${process.pid}\n`);
    await file.release();
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('replaces what a daemon has left that is gone', async () => {
    await writeFile(path, '123456789\nand more\n');
    const file = await writePidFile(path);
    expect(await readFile(path, 'utf8')).to.equal(`${process.pid}\n`);
    await file.release();
  });

  it('fails while a daemon runs, and leaves its file', async () => {
    const file = await writePidFile(path);
    const error = await failureOf(writePidFile(path));
    expect(error.message).to.equal(`Another node daemon is running: ${path} is locked`);
    expect(await readFile(path, 'utf8')).to.equal(`${process.pid}\n`);
    await file.release();
    await (await writePidFile(path)).release();
  });

  it('fails without the directory', async () => {
    expect((await failureOf(writePidFile(join(directory, 'none', 'pid')))).message).to.match(
      /^ENOENT/,
    );
  });
});
