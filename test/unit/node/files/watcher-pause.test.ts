import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { WatcherPause } from '../../../../src/node/files/watcher-pause.js';
import { loggerTo, recordedParams } from '../fixtures.js';

const NOW = 1_795_393_000;

describe('WatcherPause', () => {
  let root: string;
  let path: string;
  let pause: WatcherPause;
  let now: number;
  const logged: Record<string, unknown>[] = [];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(root, 'watcher.pause');
    now = NOW;
    pause = new WatcherPause({
      path,
      clock: { wallTime: () => new Date(now * 1000) },
      logger: loggerTo(logged),
    });
  });
  afterEach(() => rm(root, { recursive: true }));

  it('begins and ends as recorded', async () => {
    for (const [until] of recordedParams('set_watcher_pause')) {
      await pause.set(until as number | null);
      expect(await pause.get()).to.equal(until === null ? null : Math.trunc(Number(until)));
    }
    expect(await readdir(root)).to.be.empty;
    await pause.set(null);
  });

  it('writes whole seconds for everybody to read', async () => {
    await pause.set(NOW + 7.9);
    expect(await readFile(path, 'utf8')).to.equal(`${String(NOW + 7)}\n`);
    expect((await stat(path)).mode & 0o777).to.equal(0o644);
    await pause.set(1e21);
    expect(await readFile(path, 'utf8')).to.equal('1000000000000000000000\n');
  });

  it('is over when its time has come, and forgotten an hour later', async () => {
    await pause.set(NOW);
    expect(await pause.get()).to.equal(NOW);
    now = NOW + 3600;
    expect(await pause.get()).to.be.null;
    expect(await readdir(root)).to.have.lengthOf(1);
    now = NOW + 3601;
    expect(await pause.get()).to.be.null;
    expect(await readdir(root)).to.be.empty;
  });

  it('removes a file that makes no sense', async () => {
    for (const text of ['', 'soon\n', '1.5\n', '1 2', '9'.repeat(400)]) {
      await writeFile(path, text);
      expect(await pause.get()).to.be.null;
      expect(await readdir(root)).to.be.empty;
    }
  });
});
