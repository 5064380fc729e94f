import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { ReasonTrail } from '../../../src/generated/objects.js';
import { extendReasonTrail, storeReason } from '../../../src/instance/reason-trail.js';

const TRAIL: ReasonTrail = [['gnt:client:gnt-instance', 'tests', 1795393058429828352]];

describe('extendReasonTrail', () => {
  it("adds the daemon's step at the end, with the time in nanoseconds", () => {
    expect(extendReasonTrail(TRAIL, 'shutdown', new Date(1_795_393_058_500))).to.deep.equal([
      ...TRAIL,
      ['gnt:daemon:noded:shutdown', '', 1_795_393_058_500_000_000],
    ]);
  });

  it('leaves the trail as it is', () => {
    extendReasonTrail(TRAIL, 'start', new Date());
    expect(TRAIL).to.have.length(1);
  });

  it('begins a trail', () => {
    expect(extendReasonTrail([], 'reboot', new Date(1))).to.deep.equal([
      ['gnt:daemon:noded:reboot', '', 1_000_000],
    ]);
  });
});

describe('storeReason', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('makes the directory, and one file that others may read', async () => {
    const deeper = join(directory, 'run', 'instance-reason');
    await storeReason(deeper, 'inst1', TRAIL);
    expect(await readdir(deeper)).to.deep.equal(['inst1']);
    const file = join(deeper, 'inst1');
    expect(JSON.parse(await readFile(file, 'utf8'))).to.deep.equal(TRAIL);
    expect((await stat(file)).mode & 0o777).to.equal(0o644);
  });

  it('writes the time as a whole number, without an exponent', async () => {
    await storeReason(
      directory,
      'inst1',
      extendReasonTrail([], 'start', new Date(1_795_393_058_500)),
    );
    expect(await readFile(join(directory, 'inst1'), 'utf8')).to.equal(
      '[["gnt:daemon:noded:start","",1795393058500000000]]',
    );
  });

  it('replaces what was kept before', async () => {
    await writeFile(join(directory, 'inst1'), 'x'.repeat(1_000));
    await storeReason(directory, 'inst1', []);
    expect(await readFile(join(directory, 'inst1'), 'utf8')).to.equal('[]');
  });
});
