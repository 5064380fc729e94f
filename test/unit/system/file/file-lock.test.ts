import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  LockTimeoutError,
  withFileLock,
  withLockedFile,
} from '../../../../src/system/file/file-lock.js';
import { failureOf } from '../../storage/fixtures.js';

describe('withFileLock', () => {
  let root: string;
  let path: string;
  let holder: ChildProcess | undefined;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(root, 'lock');
  });
  afterEach(async () => {
    holder?.kill('SIGKILL');
    await rm(root, { recursive: true });
  });

  /** Another program takes the lock, and holds it until it is told to end. */
  async function holdElsewhere(): Promise<void> {
    holder = spawn('flock', [path, 'sh', '-c', 'echo held; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (holder.stdout) await once(holder.stdout, 'data');
  }

  it('makes the lock file, and lets one at a time work', async () => {
    let running = 0;
    const work = async () => {
      expect(++running).to.equal(1);
      await delay(5);
      running--;
    };
    const all = Array.from({ length: 5 }, () =>
      withFileLock(path, { timeoutMs: 5000, mode: 0o640 }, work),
    );
    await Promise.all(all);
    expect((await stat(path)).mode & 0o777).to.equal(0o640);
  });

  it('waits for another program', async () => {
    await holdElsewhere();
    const begin = performance.now();
    setTimeout(() => holder?.stdin?.end(), 100);
    expect(await withFileLock(path, { timeoutMs: 5000 }, () => Promise.resolve(7))).to.equal(7);
    expect(performance.now() - begin).to.be.within(90, 1500);
  });

  it('gives up in time, in the words of Ganeti', async () => {
    await holdElsewhere();
    const work = withFileLock(path, { timeoutMs: 50 }, () => Promise.resolve());
    const error = await failureOf(work);
    expect(error).to.be.instanceOf(LockTimeoutError);
    expect(error).to.have.property('path', path);
    expect(error.message).to.equal(`Failed to lock ${path} in exclusive mode`);
  });

  it('takes the file that is there when the one it waited for was replaced', async () => {
    await holdElsewhere();
    await writeFile(join(root, 'new'), 'new');
    setTimeout(() => {
      void rename(join(root, 'new'), path).then(() => holder?.stdin?.end());
    }, 50);
    await withFileLock(path, { timeoutMs: 5000 }, async () => {
      expect(await readFile(path, 'utf8')).to.equal('new');
      const other = withFileLock(path, { timeoutMs: 0 }, () => Promise.resolve());
      expect(await failureOf(other)).to.be.instanceOf(LockTimeoutError);
    });
  });

  it('is free again when the work fails', async () => {
    const failing = withFileLock(path, { timeoutMs: 0 }, () => Promise.reject(new Error('no')));
    expect((await failureOf(failing)).message).to.equal('no');
    await withFileLock(path, { timeoutMs: 0 }, () => Promise.resolve());
  });

  it('does not follow a link', async () => {
    await writeFile(join(root, 'elsewhere'), '');
    await symlink('elsewhere', path);
    const work = withFileLock(path, { timeoutMs: 0 }, () => Promise.resolve());
    expect(await failureOf(work)).to.have.property('code', 'ELOOP');
  });

  describe('withLockedFile', () => {
    it('waits for whoever has the file locked', async () => {
      await holdElsewhere();
      const work = withLockedFile(path, { timeoutMs: 20 }, () => Promise.resolve());
      expect(await failureOf(work)).to.be.instanceOf(LockTimeoutError);
      setTimeout(() => holder?.stdin?.end(), 20);
      await withLockedFile(path, { timeoutMs: 5000 }, () => Promise.resolve());
    });

    it('makes no file, and needs none', async () => {
      await withLockedFile(path, { timeoutMs: 0 }, () => Promise.resolve());
      expect(await failureOf(stat(path))).to.have.property('code', 'ENOENT');
      await symlink('nowhere', path);
      await withLockedFile(path, { timeoutMs: 0 }, () => Promise.resolve());
    });
  });
});
