import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  benchInstance,
  benchNames,
  inParallel,
  pathOf,
  rootOf,
} from '../../../../../tools/bench/subjects/chroots.js';
import { failureOf } from '../../../../support/failure.js';

const HOST = { address: '10.98.5.2' };

describe('benchNames', () => {
  it('gives names of which none begins another', () => {
    const names = benchNames(HOST, 300);
    expect(new Set(names).size).to.equal(300);
    expect(new Set(names.map(({ length }) => length)).size).to.equal(1);
  });

  it('gives other names to another host', () => {
    const others = benchNames({ address: '10.98.6.2' }, 10);
    expect(benchNames(HOST, 10).filter((name) => others.includes(name))).to.deep.equal([]);
  });
});

describe('benchInstance', () => {
  it('has a disk of its own, and a root', () => {
    const [one, other] = benchNames(HOST, 2).map((name) => benchInstance(name));
    if (one === undefined || other === undefined) throw new Error('there are not two');
    expect(pathOf(one.disks_info[0])).to.contain(`/${one.name}/`);
    expect(pathOf(other.disks_info[0])).to.contain(`/${other.name}/`);
    expect(rootOf(one)).to.match(/\/chroot-hypervisor\/bench0001-10-98-5-2\.noded\.test$/);
    expect(one['disks']).to.deep.equal([one.disks_info[0]['uuid']]);
  });

  it('has as many disks as are wanted, each in a file of its own', () => {
    const { disks_info: disks } = benchInstance('inst1', 3);
    expect(disks.map((disk) => [disk['iv_name'], pathOf(disk).split('/').at(-1)])).to.deep.equal([
      ['disk/0', 'disk0'],
      ['disk/1', 'disk1'],
      ['disk/2', 'disk2'],
    ]);
  });
});

describe('inParallel', () => {
  it('does everything once, for as many at once as there are callers', async () => {
    const done: number[] = [];
    let [running, most] = [0, 0];
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++running);
      await nextTurn();
      running--;
      done.push(item);
    });
    expect(done.toSorted()).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
    expect(most).to.equal(3);
  });

  it('throws the failure once what was begun has ended, and begins nothing more', async () => {
    const [begun, ended]: [number[], number[]] = [[], []];
    const work = inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('no first');
      await nextTurn();
      ended.push(item);
    });
    expect((await failureOf(work)).message).to.equal('no first');
    expect(begun).to.deep.equal([1, 2]);
    expect(ended).to.deep.equal([2]);
  });
});
