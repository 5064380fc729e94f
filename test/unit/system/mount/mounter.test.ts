import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { HelperError } from '../../../../src/system/helper/failures.js';
import { Mounter, UnmountError } from '../../../../src/system/mount/mounter.js';
import type { Leftover } from '../../../../src/system/mount/unmount-tree.js';
import { FakeDisks } from '../../../support/fakes/fake-disks.js';
import { FakeMountTable } from '../../../support/fakes/fake-mount-table.js';
import { failureOf } from '../../storage/fixtures.js';

const ROOT = '/roots/inst1';

describe('Mounter.unmountTree', () => {
  let table: FakeMountTable;
  let requests: { root: string; keepRoot: boolean }[];
  let unmount: () => Leftover[];
  let mounter: Mounter;
  beforeEach(() => {
    table = new FakeMountTable();
    requests = [];
    unmount = () => [];
    const disks = new FakeDisks({
      unmountAll: (request) => {
        requests.push(request);
        return unmount();
      },
    });
    mounter = new Mounter({ disks, table });
  });

  it('does nothing when nothing is mounted there', async () => {
    table.add('/roots/inst10').add('/roots/inst10/proc').add('/roots');
    await mounter.unmountTree(ROOT);
    await mounter.unmountTree(ROOT, { keepRoot: true });
    expect(requests).to.deep.equal([]);
  });

  it('unmounts a single mount', async () => {
    table.add(ROOT);
    await mounter.unmountTree(ROOT);
    expect(requests).to.deep.equal([{ root: ROOT, keepRoot: false }]);
  });

  it('keeps the root when it is told to', async () => {
    table.add(ROOT);
    await mounter.unmountTree(ROOT, { keepRoot: true });
    expect(requests).to.deep.equal([]);
  });

  it('unmounts what others have mounted', async () => {
    table.add(ROOT).add(`${ROOT}/proc`);
    await mounter.unmountTree(ROOT);
    expect(requests).to.deep.equal([{ root: ROOT, keepRoot: false }]);
  });

  it('unmounts only what is below', async () => {
    table.add(ROOT).add(`${ROOT}/proc`);
    await mounter.unmountTree(ROOT, { keepRoot: true });
    expect(requests).to.deep.equal([{ root: ROOT, keepRoot: true }]);
  });

  it('unmounts what is over the root that stays', async () => {
    table.add(ROOT).add(ROOT);
    await mounter.unmountTree(ROOT, { keepRoot: true });
    expect(requests).to.deep.equal([{ root: ROOT, keepRoot: true }]);
  });

  it('unmounts what is mounted over the root', async () => {
    table.add(ROOT).add(ROOT);
    await mounter.unmountTree(ROOT);
    expect(requests).to.deep.equal([{ root: ROOT, keepRoot: false }]);
  });

  it('names what is left, each with its reason', async () => {
    table.add(ROOT).add(`${ROOT}/a`).add(`${ROOT}/b`);
    const leftovers = [
      { mountPoint: `${ROOT}/a`, reason: 'EBUSY' },
      { mountPoint: `${ROOT}/b`, reason: 'hidden by another mount, or moved' },
    ];
    unmount = () => leftovers;
    const error = await failureOf(mounter.unmountTree(ROOT));
    expect(error).to.be.instanceOf(UnmountError).with.deep.property('leftovers', leftovers);
    expect(error.message).to.equal(
      `${ROOT}/a: EBUSY; ${ROOT}/b: hidden by another mount, or moved`,
    );
  });

  it('fails when it takes too long, or breaks', async () => {
    table.add(ROOT);
    for (const failure of [new HelperError('no answer'), new TypeError('a mistake')]) {
      unmount = () => {
        throw failure;
      };
      expect(await failureOf(mounter.unmountTree(ROOT))).to.equal(failure);
    }
  });
});
