import { link, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { beforeEach, it } from 'mocha';
import type { Disk } from '../../../../src/generated/objects.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const ROUNDS = 40;
const MIB = 1024 * 1024;

describeAsRoot('calls on one disk at once', () => {
  const node = useNode();
  let directory: string;
  beforeEach(async () => {
    directory = dirname(node().diskPath('inst1'));
    await mkdir(directory, { recursive: true });
  });

  function disk(name: string, dev_type: Disk['dev_type'] = 'file'): Disk {
    return { ...node().disk('inst1'), dev_type, logical_id: ['loop', `${directory}/${name}`] };
  }

  /** How many of the calls succeed. */
  async function successes(calls: [call: string, ...params: unknown[]][]): Promise<number> {
    const answers = await Promise.all(
      calls.map(([call, ...params]) => node().ganeti(call, params)),
    );
    return answers.filter(([isSuccess]) => isSuccess).length;
  }

  /** What is in each file of the directory. */
  async function contents(): Promise<Record<string, string>> {
    const names = await readdir(directory);
    const texts = names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')]);
    return Object.fromEntries(await Promise.all(texts)) as Record<string, string>;
  }

  function rename(from: string, to: string): [string, ...unknown[]] {
    return ['blockdev_rename', [[disk(from), ['loop', `${directory}/${to}`]]]];
  }

  async function rounds(play: () => Promise<void>): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      await rm(directory, { recursive: true });
      await mkdir(directory);
      await play();
    }
  }

  for (const name of ['c', '/c', './c'])
    it(`lose none of two that are given one name, also if it is written '${name}'`, () =>
      rounds(async () => {
        await writeFile(join(directory, 'a'), 'of a');
        await writeFile(join(directory, 'b'), 'of b');
        expect(await successes([rename('a', 'c'), rename('b', name)])).to.equal(1);
        expect(Object.values(await contents())).to.have.members(['of a', 'of b']);
      }));

  it('lose none that is given the name of one that is being made', () =>
    rounds(async () => {
      await writeFile(join(directory, 'a'), 'of a');
      const create = ['blockdev_create', disk('/c'), 1, 'inst1', true, '', false] as const;
      expect(await successes([[...create], rename('a', 'c')])).to.equal(1);
      const found = await contents();
      const isMade = 'a' in found;
      expect(Object.keys(found)).to.have.members(isMade ? ['a', 'c'] : ['c']);
      expect(isMade ? found['a'] : found['c']).to.equal('of a');
      if (isMade) expect((await stat(join(directory, 'c'))).size).to.equal(MIB);
    }));

  const spellings: [what: string, disks: () => Disk[], prepare?: () => Promise<void>][] = [
    ['paths and templates', () => [disk('a'), disk('/a'), disk('./a'), disk('a', 'sharedfile')]],
    [
      'links to its directory',
      () => [disk('a'), disk('../inst2/a')],
      async () => {
        const other = join(directory, '../inst2');
        await rm(other, { force: true });
        await symlink(directory, other);
      },
    ],
    [
      'hard links',
      () => [disk('a'), disk('b')],
      () => link(join(directory, 'a'), join(directory, 'b')),
    ],
  ];
  for (const [what, disks, prepare] of spellings)
    it(`grow it by all that they ask, whatever they call it: by ${what}`, () =>
      rounds(async () => {
        await writeFile(join(directory, 'a'), '');
        await prepare?.();
        const grow = (one: Disk): [string, ...unknown[]] => {
          return ['blockdev_grow', one, 1, false, true, false];
        };
        const all = disks();
        expect(await successes(all.map(grow))).to.equal(all.length);
        expect((await stat(join(directory, 'a'))).size).to.equal(all.length * MIB);
      }));

  it('lose no directory of two that are given one name', () =>
    rounds(async () => {
      const [a = '', b = '', c = ''] = ['a', 'b', 'c'].map((name) => join(directory, name));
      // What is in it comes later.
      for (const path of [a, b]) await mkdir(path);
      const wanted: [string, ...unknown[]][] = [
        ['file_storage_dir_rename', a, c],
        ['file_storage_dir_rename', b, `${directory}//c`],
      ];
      expect(await successes(wanted)).to.equal(1);
      expect(await readdir(directory)).to.have.lengthOf(2);
    }));
});
