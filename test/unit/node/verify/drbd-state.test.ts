import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { drbdHelper, drbdVersion, usedDrbdMinors } from '../../../../src/node/verify/drbd-state.js';
import type { SystemDirs } from '../../../../src/system/proc/system-dirs.js';

const STATUS = `version: 8.4.11 (api:1/proto:86-101)
srcversion: 93BAAAA

 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:0 nr:0 dw:0 dr:0
 1: cs:Unconfigured
12: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r-----
`;

describe('The state of DRBD', () => {
  let root: string;
  let drbd: SystemDirs;
  let helper: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    drbd = { proc: root, sys: join(root, 'sys') };
    const parameters = join(root, 'sys/module/drbd/parameters');
    await mkdir(parameters, { recursive: true });
    helper = join(parameters, 'usermode_helper');
  });
  afterEach(() => rm(root, { recursive: true }));

  it('tells version, minors in use, and helper', async () => {
    await writeFile(join(root, 'drbd'), STATUS);
    await writeFile(helper, '/bin/true\n');
    expect(await drbdVersion(drbd)).to.equal('8.4.11 (api:1/proto:86-101)');
    expect(await usedDrbdMinors(drbd)).to.deep.equal([0, 12]);
    expect(await drbdHelper(drbd)).to.deep.equal([true, '/bin/true']);
  });

  it('keeps the fourth part of a version', async () => {
    await writeFile(join(root, 'drbd'), 'version: 8.3.8.1 (api:88/proto:86-94)\n');
    expect(await drbdVersion(drbd)).to.equal('8.3.8.1 (api:88/proto:86-94)');
  });

  it('says why it knows nothing on a node without DRBD', async () => {
    const missing = (path: string) =>
      `The file ${path} cannot be opened, check if the module is loaded (No such file or directory)`;
    expect(await drbdVersion(drbd)).to.equal(missing(join(root, 'drbd')));
    expect(await usedDrbdMinors(drbd)).to.equal(missing(join(root, 'drbd')));
    expect(await drbdHelper(drbd)).to.deep.equal([false, missing(helper)]);
  });

  it('says so when it cannot understand', async () => {
    await writeFile(join(root, 'drbd'), 'hello\n');
    await writeFile(helper, '\n');
    expect(await drbdVersion(drbd)).to.equal("Can't parse DRBD version from 'hello'");
    expect(await drbdHelper(drbd)).to.deep.equal([false, `Can't read any data from ${helper}`]);
    await writeFile(join(root, 'drbd'), '');
    expect(await usedDrbdMinors(drbd)).to.equal(`Can't read any data from ${join(root, 'drbd')}`);
  });
});
