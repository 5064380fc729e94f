import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { DrbdState } from '../../../../src/node/verify/drbd-state.js';

const STATUS = `version: 8.4.11 (api:1/proto:86-101)
srcversion: 93BAAAA

 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:0 nr:0 dw:0 dr:0
 1: cs:Unconfigured
12: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r-----
`;

describe('DrbdState', () => {
  let root: string;
  let drbd: DrbdState;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    drbd = new DrbdState({ statusPath: join(root, 'drbd'), helperPath: join(root, 'helper') });
  });
  afterEach(() => rm(root, { recursive: true }));

  it('tells version, minors in use, and helper', async () => {
    await writeFile(join(root, 'drbd'), STATUS);
    await writeFile(join(root, 'helper'), '/bin/true\n');
    expect(await drbd.version()).to.equal('8.4.11 (api:1/proto:86-101)');
    expect(await drbd.usedMinors()).to.deep.equal([0, 12]);
    expect(await drbd.helper()).to.deep.equal([true, '/bin/true']);
  });

  it('keeps the fourth part of a version', async () => {
    await writeFile(join(root, 'drbd'), 'version: 8.3.8.1 (api:88/proto:86-94)\n');
    expect(await drbd.version()).to.equal('8.3.8.1 (api:88/proto:86-94)');
  });

  it('says why it knows nothing on a node without DRBD', async () => {
    const missing = (name: string) =>
      `The file ${join(root, name)} cannot be opened, check if the module is loaded (No such file or directory)`;
    expect(await drbd.version()).to.equal(missing('drbd'));
    expect(await drbd.usedMinors()).to.equal(missing('drbd'));
    expect(await drbd.helper()).to.deep.equal([false, missing('helper')]);
  });

  it('says so when it cannot understand', async () => {
    await writeFile(join(root, 'drbd'), 'hello\n');
    await writeFile(join(root, 'helper'), '\n');
    expect(await drbd.version()).to.equal("Can't parse DRBD version from 'hello'");
    expect(await drbd.helper()).to.deep.equal([
      false,
      `Can't read any data from ${join(root, 'helper')}`,
    ]);
    await writeFile(join(root, 'drbd'), '');
    expect(await drbd.usedMinors()).to.equal(`Can't read any data from ${join(root, 'drbd')}`);
  });
});
