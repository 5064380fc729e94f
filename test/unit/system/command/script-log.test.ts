import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createLog, logName } from '../../../../src/system/command/script-log.js';
import { failureOf } from '../../storage/fixtures.js';

const NOW = new Date(2026, 0, 2, 3, 4, 5);

describe('createLog', () => {
  let root: string;
  let directory: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    directory = join(root, 'a', 'log');
  });
  afterEach(() => rm(root, { recursive: true }));

  it('makes a file that nobody else can read, and its directory', async () => {
    const path = await createLog(directory, logName('create-pvdr1-vol0', NOW));
    expect(path).to.equal(join(directory, 'create-pvdr1-vol0-2026-01-02_03_04_05.log'));
    const { mode, size } = await stat(path);
    expect([mode & 0o777, size]).to.deep.equal([0o600, 0]);
  });

  it('numbers what comes within the same second', async () => {
    const paths = [1, 2, 3].map(() => createLog(directory, logName('x', NOW)));
    expect(new Set(await Promise.all(paths)).size).to.equal(3);
    expect(await readdir(directory)).to.include('x-2026-01-02_03_04_05-2.log');
  });

  it('cuts long subjects, and refuses what is no file name', async () => {
    expect(basename(await createLog(directory, logName('x'.repeat(300), NOW)))).to.have.lengthOf(
      224,
    );
    for (const subject of ['a/b', '../x', 'a\nb', 'a\0b'])
      expect((await failureOf(createLog(directory, logName(subject, NOW)))).message).to.include(
        'no name for a log file',
      );
  });
});
