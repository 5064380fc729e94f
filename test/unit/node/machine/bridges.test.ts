import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { checkBridges, missingBridges } from '../../../../src/node/machine/bridges.js';
import type { SystemDirs } from '../../../../src/system/proc/system-dirs.js';
import { failureOf } from '../../storage/fixtures.js';

describe('Bridges', () => {
  let root: string;
  let dirs: SystemDirs;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    await mkdir(join(root, 'class/net/br0/bridge'), { recursive: true });
    await mkdir(join(root, 'class/net/eth0'));
    await mkdir(join(root, 'class/bridge'));
    dirs = { proc: join(root, 'proc'), sys: root };
  });
  afterEach(() => rm(root, { recursive: true }));

  it('knows bridges from other interfaces, and from paths', async () => {
    const names = ['br0', 'eth0', 'br1', '..', '.', '', 'br0/../br0', 'x'.repeat(300), 'a\0b'];
    expect(await missingBridges(dirs, names)).to.deep.equal(names.slice(1));
  });

  it('is content when all are there, and names those that are not', async () => {
    await checkBridges(dirs, ['br0']);
    expect((await failureOf(checkBridges(dirs, ['br1', 'br0', 'br2']))).message).to.equal(
      'Missing bridges br1, br2',
    );
  });
});
