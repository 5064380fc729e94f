import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, beforeEach, it } from 'mocha';
import { Leftovers } from '../../../tools/kit/leftovers.js';
import { describeAsRoot } from '../../support/node/suite.js';

const run = promisify(execFile);

describeAsRoot('what a demo or a soak leaves', () => {
  let stateDir: string;

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'leftovers-'));
  });
  afterEach(() => {
    rmSync(stateDir, { recursive: true, force: true });
  });

  it('is removed, also mounts whose names mountinfo writes in octal', async () => {
    const leftovers = new Leftovers({ stateDir, cgroupParent: basename(stateDir) });
    const folder = join(stateDir, 'a b\\c ü');
    mkdirSync(folder);
    await run('mount', ['-t', 'tmpfs', 'none', folder]);
    try {
      expect(leftovers.find().mounts).to.deep.equal([folder]);
      await leftovers.removeAll();
      expect(existsSync(stateDir)).to.equal(false);
    } finally {
      await run('umount', [folder]).catch(() => undefined);
    }
  });
});
