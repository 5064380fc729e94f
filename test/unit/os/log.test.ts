import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../src/base/errors.js';
import { createOsLog } from '../../../src/os/log.js';
import { failureOf } from '../storage/fixtures.js';

const NOW = new Date(2026, 0, 2, 3, 4, 5);
const SUBJECT = { kind: 'add', os: 'busybox+default', instance: 'inst1.lab.test' };
const STEM = 'add-busybox+default-inst1.lab.test-2026-01-02_03_04_05';

describe('createOsLog', () => {
  let root: string;
  let directory: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    directory = join(root, 'os');
  });
  afterEach(() => rm(root, { recursive: true }));

  it('makes an empty file that others cannot read', async () => {
    const path = await createOsLog(directory, SUBJECT, NOW);
    expect(path).to.equal(join(directory, `${STEM}.log`));
    expect((await lstat(path)).mode & 0o777).to.equal(0o600);
    expect((await lstat(directory)).mode & 0o027).to.equal(0);
  });

  it('takes no file or link that is there already', async () => {
    await createOsLog(directory, SUBJECT, NOW);
    await writeFile(join(root, 'precious'), 'data');
    await symlink('../precious', join(directory, `${STEM}-2.log`));
    expect(await createOsLog(directory, SUBJECT, NOW)).to.equal(join(directory, `${STEM}-3.log`));
    expect(await readFile(join(root, 'precious'), 'utf8')).to.equal('data');
  });

  it('does not leave its directory', async () => {
    for (const changes of [{ os: 'busybox+../../x' }, { instance: 'a/b' }, { instance: 'a\0b' }]) {
      const error = await failureOf(createOsLog(directory, { ...SUBJECT, ...changes }, NOW));
      expect(error).to.be.instanceOf(RpcFailure);
      expect(error.message).to.match(/^No name for a log file: /);
    }
    expect(await readdir(root)).to.deep.equal([]);
  });

  it('cuts long names', async () => {
    const path = await createOsLog(directory, { ...SUBJECT, instance: 'x'.repeat(240) }, NOW);
    expect(path).to.match(/busybox\+default-x{180}-2026-01-02_03_04_05\.log$/);
  });

  it('says why there can be no log', async () => {
    await writeFile(directory, 'no directory');
    const error = await failureOf(createOsLog(directory, SUBJECT, NOW));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal(
      `Can't create log file '${STEM}' in ${directory}: Not a directory`,
    );
  });
});
