import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  getWatcherPause,
  setWatcherPause,
  type WatcherPauseParts,
} from '../../../../src/node/files/watcher-pause.js';
import { loggerTo, recordedParams } from '../fixtures.js';

const NOW = 1_795_393_000;

describe("The watcher's pause", () => {
  let root: string;
  let path: string;
  let pause: WatcherPauseParts;
  let now: number;
  const logged: Record<string, unknown>[] = [];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(root, 'watcher.pause');
    now = NOW;
    pause = {
      dataDir: root,
      clock: { wallTime: () => new Date(now * 1000) },
      logger: loggerTo(logged),
    };
  });
  afterEach(() => rm(root, { recursive: true }));

  it('begins and ends as recorded', async () => {
    for (const [until] of recordedParams('set_watcher_pause')) {
      await setWatcherPause(pause, until as number | null);
      expect(await getWatcherPause(pause)).to.equal(
        until === null ? null : Math.trunc(Number(until)),
      );
    }
    expect(await readdir(root)).to.be.empty;
    await setWatcherPause(pause, null);
  });

  it('writes whole seconds for everybody to read', async () => {
    await setWatcherPause(pause, NOW + 7.9);
    expect(await readFile(path, 'utf8')).to.equal(`${String(NOW + 7)}\n`);
    expect((await stat(path)).mode & 0o777).to.equal(0o644);
    await setWatcherPause(pause, 1e21);
    expect(await readFile(path, 'utf8')).to.equal('1000000000000000000000\n');
  });

  it('is over when its time has come, and forgotten an hour later', async () => {
    await setWatcherPause(pause, NOW);
    expect(await getWatcherPause(pause)).to.equal(NOW);
    now = NOW + 3600;
    expect(await getWatcherPause(pause)).to.be.null;
    expect(await readdir(root)).to.have.lengthOf(1);
    now = NOW + 3601;
    expect(await getWatcherPause(pause)).to.be.null;
    expect(await readdir(root)).to.be.empty;
  });

  it('removes a file that makes no sense', async () => {
    for (const text of ['', 'soon\n', '1.5\n', '1 2', '9'.repeat(400)]) {
      await writeFile(path, text);
      expect(await getWatcherPause(pause)).to.be.null;
      expect(await readdir(root)).to.be.empty;
    }
  });
});
