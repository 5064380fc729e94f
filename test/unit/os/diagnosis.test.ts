import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { diagnoseOs } from '../../../src/os/diagnosis.js';
import { makeOs } from './fixtures.js';

describe('diagnoseOs', () => {
  let root: string;
  let definitions: readonly string[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    definitions = ['missing', 'first', 'second'].map((name) => join(root, name));
    await mkdir(join(root, 'first'));
    await mkdir(join(root, 'second'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('tells of each definition what was recorded', async () => {
    await makeOs(join(root, 'first/busybox'));
    await makeOs(join(root, 'second/debootstrap'), {
      ganeti_api_version: '20\n15\n10\n5\n',
      'parameters.list': 'filesystem The filesystem type to use.\n',
    });
    expect(await diagnoseOs(definitions)).to.deep.equal([
      ['busybox', join(root, 'first/busybox'), true, '', ['default'], [], [20], true],
      [
        'debootstrap',
        join(root, 'second/debootstrap'),
        true,
        '',
        ['default'],
        [['filesystem', 'The filesystem type to use.']],
        [20, 15, 10, 5],
        true,
      ],
    ]);
  });

  it('tells what is wrong, and of definitions of the same name each', async () => {
    await makeOs(join(root, 'first/os'), { rename: undefined });
    await makeOs(join(root, 'second/os'), { create: undefined, create_untrusted: '#!/bin/sh\n' });
    await writeFile(join(root, 'second/README'), '');
    await mkdir(join(root, 'second/.hidden'));
    await mkdir(join(root, 'second/lost+found'));
    const path = join(root, 'first/os');
    expect(await diagnoseOs(definitions)).to.deep.equal([
      [
        'os',
        path,
        false,
        `File 'rename' under path '${path}' is missing (No such file or directory)`,
        [],
        [],
        [],
        true,
      ],
      [
        'README',
        join(root, 'second/README'),
        false,
        'Directory for OS README not found in search path',
        [],
        [],
        [],
        true,
      ],
      ['os', join(root, 'second/os'), true, '', ['default'], [], [20], false],
    ]);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await diagnoseOs(definitions)).to.deep.equal([]);
  });
});
