import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { attemptToRead, ProcReader } from '../../../../src/system/proc/proc-files.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('ProcReader', () => {
  it('reads files of any length, one after another', async () => {
    const reader = new ProcReader();
    for (const length of [3, 64 * 1024, 0, 300_001, 5]) {
      const text = 'größe'.repeat(length).slice(0, length);
      const path = join(directory, String(length));
      await writeFile(path, text, 'latin1');
      expect(reader.read(path) === text, String(length)).to.be.true;
    }
  });

  it('reads what the kernel makes', () => {
    const maps = readFileSync('/proc/self/cmdline', 'latin1');
    expect(new ProcReader().read('/proc/self/cmdline')).to.equal(maps);
  });

  it('fails for what cannot be read', () => {
    expect(() => new ProcReader().read(join(directory, 'none'))).to.throw('ENOENT');
    expect(() => new ProcReader().read(directory)).to.throw('EISDIR');
  });
});

describe('attemptToRead', () => {
  it('is nothing for a process that is gone', () => {
    expect(attemptToRead(() => readFileSync('/proc/none/maps'))).to.be.undefined;
  });

  it('lets through a failure that says nothing about a process', () => {
    expect(() => attemptToRead(() => readFileSync(directory))).to.throw('EISDIR');
  });
});
