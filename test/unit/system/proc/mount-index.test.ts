import { expect } from 'chai';
import { describe, it } from 'mocha';
import { MountIndex } from '../../../../src/system/proc/mount-index.js';
import { parseMountinfo } from '../../../../src/system/proc/mount-table.js';
import { FakeMountTable } from '../../../support/fakes/fake-mount-table.js';

const ONE = '/roots/inst1';

function index(table: FakeMountTable, ...roots: string[]): MountIndex {
  return new MountIndex(parseMountinfo(table.text), roots);
}

function idsOf(mounts: readonly { id: number }[]): number[] {
  return mounts.map(({ id }) => id);
}

describe('MountIndex.ofRoot', () => {
  it('has the mounts at the root in their order, and those below at any depth', () => {
    const table = new FakeMountTable().add('/').add(ONE).add(`${ONE}/a/b`).add(ONE);
    const { at, below } = index(table.add(`${ONE}/proc`), ONE).ofRoot(ONE);
    expect(idsOf(at)).to.deep.equal([102, 104]);
    expect(idsOf(below)).to.deep.equal([103, 105]);
  });

  it('has none of a neighbour whose name only begins alike, nor of the directory above', () => {
    const table = new FakeMountTable().add('/roots').add(`${ONE}0`).add(`${ONE}0/proc`);
    expect(index(table, ONE).ofRoot(ONE)).to.deep.equal({ at: [], below: [] });
  });

  it('has those below for whose names there was no room', () => {
    const text = [`5 1 7:0 / ${ONE} rw`, '6 5 0:9 / \0 rw', '7 6 0:9 / \0 rw', '8 1 0:9 / \0 rw'];
    const mounts = parseMountinfo(text.map((line) => `${line} - ext4 x rw\n`).join(''));
    const { at, below } = new MountIndex(mounts, [ONE]).ofRoot(ONE);
    expect([idsOf(at), idsOf(below)]).to.deep.equal([[5], [6, 7]]);
  });

  it('has a mount for each of two roots when one lies in the other', () => {
    const found = index(new FakeMountTable().add(`${ONE}/a`), ONE, `${ONE}/a`);
    expect(idsOf(found.ofRoot(ONE).below)).to.deep.equal([101]);
    expect(idsOf(found.ofRoot(`${ONE}/a`).at)).to.deep.equal([101]);
  });

  it('has nothing for what is no root', () => {
    expect(index(new FakeMountTable().add(ONE)).ofRoot(ONE).at).to.deep.equal([]);
  });
});

describe('MountIndex.ofDevice', () => {
  it('has all mounts of a device, wherever they are', () => {
    const table = new FakeMountTable().add('/mnt', { device: '7:3' }).add('/x', { device: '7:4' });
    const found = index(table.add(ONE, { device: '7:3' }), ONE);
    expect(idsOf(found.ofDevice('7:3'))).to.deep.equal([101, 103]);
    expect(found.ofDevice('7:5')).to.deep.equal([]);
  });
});
