import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseMountinfo } from '../../../../src/system/proc/mount-table.js';
import { UseTargets } from '../../../../src/system/proc/use-targets.js';
import { FakeMountTable } from '../../../support/fakes/fake-mount-table.js';

const ONE = '/roots/inst1';
const TEN = '/roots/inst10';

/** The first mount has the id 101. */
function mounts(): FakeMountTable {
  return new FakeMountTable();
}

function targets(table: FakeMountTable, ...roots: string[]): UseTargets {
  return new UseTargets(roots, parseMountinfo(table.text));
}

function at(mountId: number, device = '0:99') {
  return { mountId, device };
}

describe('UseTargets.mounted', () => {
  it('has the roots that are mount points', () => {
    const table = mounts().add(TEN).add(`${ONE}/proc`);
    expect(targets(table, ONE, TEN).mounted).to.deep.equal([TEN]);
  });
});

describe('UseTargets.rootOf', () => {
  it('knows the mount at the root, and those below', () => {
    const found = targets(mounts().add(ONE).add(`${ONE}/proc`).add(TEN), ONE, TEN);
    expect(found.rootOf(at(101), false)).to.equal(ONE);
    expect(found.rootOf(at(102), false)).to.equal(ONE);
    expect(found.rootOf(at(103), false)).to.equal(TEN);
  });

  it('knows each of several mounts over each other', () => {
    const found = targets(mounts().add(ONE).add(ONE), ONE);
    expect(found.rootOf(at(101), false)).to.equal(ONE);
    expect(found.rootOf(at(102), false)).to.equal(ONE);
  });

  it('knows no other mount, also one of the same disk', () => {
    const table = mounts().add('/').add('/mnt', { device: '7:3' }).add(ONE, { device: '7:3' });
    const found = targets(table, ONE);
    expect(found.rootOf(at(101), false)).to.be.undefined;
    expect(found.rootOf(at(102, '7:3'), false)).to.be.undefined;
    expect(found.rootOf(at(103, '7:3'), false)).to.equal(ONE);
  });

  it('goes by the device for a process in another mount namespace', () => {
    const found = targets(mounts().add(ONE, { device: '7:3' }), ONE);
    expect(found.rootOf(at(555, '7:3'), true)).to.equal(ONE);
    expect(found.rootOf(at(101, '7:4'), true)).to.be.undefined;
  });

  it('does not go by a device that is mounted elsewhere as well', () => {
    const table = mounts().add('/mnt', { device: '7:3' }).add(ONE, { device: '7:3' });
    expect(targets(table, ONE).rootOf(at(555, '7:3'), true)).to.be.undefined;
  });

  it("does not take the host's disk for the instance's that was mounted over the root", () => {
    const table = mounts().add('/', { device: '8:1' }).add(ONE, { device: '7:3' });
    const found = targets(table.add(ONE, { device: '8:1' }), ONE);
    expect(found.rootOf(at(555, '8:1'), true)).to.be.undefined;
    expect(found.rootOf(at(555, '7:3'), true)).to.equal(ONE);
  });
});

describe('UseTargets.mayBeAt', () => {
  it('is by mount or by device, whichever namespace it is', () => {
    const found = targets(mounts().add(ONE, { device: '7:3' }).add(`${ONE}/proc`), ONE);
    for (const location of [at(101), at(102), at(555, '7:3')])
      expect(found.mayBeAt(location)).to.be.true;
    expect(found.mayBeAt(at(555))).to.be.false;
  });
});

const MAPS = (device: string, path: string) =>
  `55d0-55d1 r-xp 00000000 08:01 131 /usr/bin/cat\n` +
  `7f00-7f01 r--p 00000000 ${device} 12                    ${path}\n` +
  `7ffd-7ffe rw-p 00000000 00:00 0                          [stack]\n`;

describe('UseTargets.mappedIn', () => {
  const table = mounts().add(ONE, { device: '7:3' }).add(TEN, { device: '7:16' });
  const found = targets(table, ONE, TEN);

  it('finds what is mapped below a root', () => {
    expect(found.mappedIn(MAPS('07:03', `${ONE}/lib/libc.so.6`), false)).to.deep.equal([ONE]);
    expect(found.mappedIn(MAPS('07:10', `${TEN}/a (deleted)`), false)).to.deep.equal([TEN]);
    expect(
      found.mappedIn(MAPS('07:03', `${ONE}/a`) + MAPS('07:10', `${TEN}/a`), false),
    ).to.have.members([ONE, TEN]);
  });

  it('finds nothing of neighbours, and nothing without maps', () => {
    for (const path of ['/roots/inst2/a', '/roots/inst11/a', '/mnt/roots/inst1/a', ONE])
      expect(found.mappedIn(MAPS('09:09', path), false), path).to.deep.equal([]);
    expect(found.mappedIn('', false)).to.deep.equal([]);
  });

  it('goes by the device for a process in another mount namespace', () => {
    expect(found.mappedIn(MAPS('07:10', '/lib/libc.so.6'), true)).to.deep.equal([TEN]);
    expect(found.mappedIn(MAPS('07:10', '/lib/libc.so.6'), false)).to.deep.equal([]);
  });

  it('finds roots whose directory is not ASCII', () => {
    const root = '/größe/inst1';
    const maps = Buffer.from(MAPS('07:03', `${root}/a`)).toString('latin1');
    expect(targets(mounts().add(root), root).mappedIn(maps, false)).to.deep.equal([root]);
  });
});
