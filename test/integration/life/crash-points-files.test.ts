import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { it } from 'mocha';
import {
  CRASH_ARGS,
  crashAtEachStep,
  expectNoTemporaries,
} from '../../support/node/crash-points.js';
import { describeAsRoot, expectNothingLeft, useNode } from '../../support/node/suite.js';
import type { TestNode } from '../../support/node/test-node.js';
import { makeOs } from '../../unit/os/fixtures.js';

const NAME = 'inst1';
const MIB = 1024 * 1024;
const TIMEOUT_MS = 300_000;
const PLAIN = 0;

/** Fails beside another one of its kind; what it starts stays. */
const CREATE_SCRIPT = `#!/bin/bash
exec 9>lock
flock -n 9 || { echo another one is at work; exit 1; }
sleep 1000 9>&- &
sleep 0.3 9>&-
echo "installed" | dd of="$DISK_0_PATH" conv=notrunc status=none
`;

const REPLACE = ['new file made', 'new file written', 'file replaced', 'directory synced'];

describeAsRoot('a daemon that is killed at each step of', () => {
  const launch = () => ({ nodeArgs: CRASH_ARGS });
  const both = [
    useNode({ timeouts: { mount: 2 } }, launch),
    useNode({ timeouts: { mount: 2 } }, launch),
  ];
  const nodes = () => both.map((node) => node());

  it('making a disk', async () => {
    await crashAtEachStep(nodes(), (node) => ({
      steps: ['new file made', 'file resized', 'file renamed', ...REPLACE],
      prepare: () => node.call('file_storage_dir_create', [storage(node)]),
      act: () => createDisk(node),
      recover: async () => {
        // There is a whole disk, or none: then it can be made.
        if ((await findDisk(node)) === null) await createDisk(node);
        expect(await diskSizeMiB(node)).to.equal(8);
        await removeDisk(node);
      },
    }));
  }).timeout(TIMEOUT_MS);

  it('making a disk that is never tried again', async () => {
    await crashAtEachStep(nodes(), (node) => ({
      steps: ['new file made', 'file resized', 'file renamed'],
      prepare: () => node.call('file_storage_dir_create', [storage(node)]),
      act: () => createDisk(node),
      recover: () => removeDisk(node),
    }));
  }).timeout(TIMEOUT_MS);

  it('renaming a disk', async () => {
    const newId = (node: TestNode) => ['loop', join(storage(node), 'renamed')];
    const rename = (node: TestNode) => {
      return node.call('blockdev_rename', [[[node.disk(NAME), newId(node)]]]);
    };
    await crashAtEachStep(nodes(), (node) => ({
      steps: ['file renamed', 'directory synced'],
      prepare: async () => {
        await node.call('file_storage_dir_create', [storage(node)]);
        await createDisk(node);
      },
      act: () => rename(node),
      recover: async () => {
        // It has one name, whichever.
        if ((await findDisk(node)) !== null) await rename(node);
        expect(await readdir(storage(node))).to.deep.equal(['renamed']);
        await node.call('blockdev_remove', [{ ...node.disk(NAME), logical_id: newId(node) }]);
        await node.call('file_storage_dir_remove', [storage(node)]);
      },
    }));
  }).timeout(TIMEOUT_MS);

  it('growing a disk', async () => {
    await crashAtEachStep(nodes(), (node) => ({
      steps: ['file resized'],
      prepare: async () => {
        await node.call('file_storage_dir_create', [storage(node)]);
        await createDisk(node);
      },
      act: () => growDisk(node),
      recover: async () => {
        const sizeMiB = await diskSizeMiB(node);
        expect(sizeMiB).to.be.oneOf([8, 12]);
        await growDisk(node);
        expect(await diskSizeMiB(node)).to.equal(sizeMiB + 4);
        await removeDisk(node);
      },
    }));
  }).timeout(TIMEOUT_MS);

  it('installing an operating system', async () => {
    for (const node of nodes())
      await makeOs(join(node.stateDir, 'os/busybox'), { create: CREATE_SCRIPT });
    const add = (node: TestNode) => node.call('instance_os_add', [node.instance(NAME), false, 0]);
    await crashAtEachStep(nodes(), (node) => ({
      steps: [
        ...['log begun', 'control group made', 'program started', 'program ended'],
        ...['control group killed', 'control group removed'],
      ],
      prepare: async () => {
        await mkdir(storage(node), { recursive: true });
        // Made anew each time, or it would be a step of the first time only.
        await rm(join(node.stateDir, 'log/os'), { recursive: true, force: true });
        await writeFile(node.diskPath(NAME), Buffer.alloc(MIB));
      },
      act: () => add(node),
      recover: async () => {
        // The script of the killed daemon is gone, or this one would fail.
        await add(node);
        expect((await readFile(node.diskPath(NAME))).toString('utf8', 0, 9)).to.equal('installed');
        await expectNothingLeft(node);
        await rm(node.diskPath(NAME));
      },
    }));
  }).timeout(TIMEOUT_MS);

  /** Calls that replace a file whole. */
  const replacing: [
    call: string,
    file: string,
    params: (path: string, text: string) => unknown[],
  ][] = [
    [
      'upload_file',
      'known_hosts',
      (path, text) => [[path, [PLAIN, text], 0o600, 'root', 'root', null, null]],
    ],
    ['jobqueue_update', 'queue/job-1', (path, text) => [path, [PLAIN, text]]],
    ['write_ssconf_files', 'ssconf_cluster_tags', (_, text) => [{ cluster_tags: text }]],
  ];
  for (const [call, name, params] of replacing)
    it(call, async () => {
      const [before, after] = ['before\n'.repeat(1000), 'after\n'.repeat(2000)];
      await crashAtEachStep(nodes(), (node) => {
        const path = join(node.stateDir, 'lib', name);
        const send = (text: string) => node.call(call, params(path, text));
        return {
          steps: REPLACE,
          prepare: () => send(before),
          act: () => send(after),
          recover: async () => {
            expect(await readFile(path, 'utf8')).to.be.oneOf([before, after]);
            await expectNoTemporaries(node);
            await send(after);
            expect(await readFile(path, 'utf8')).to.equal(after);
            await expectNoTemporaries(node);
          },
        };
      });
    }).timeout(TIMEOUT_MS);

  it('write_ssconf_files, with several at the same time', async () => {
    const keys = ['node_list', 'master_node', 'instance_list', 'cluster_tags'];
    const values = (text: string) => Object.fromEntries(keys.map((key) => [key, text]));
    await crashAtEachStep(nodes(), (node) => ({
      steps: REPLACE,
      prepare: () => node.call('write_ssconf_files', [values('before')]),
      act: () => node.call('write_ssconf_files', [values('after')]),
      recover: async () => {
        for (const key of keys)
          expect(await readFile(join(node.stateDir, `lib/ssconf_${key}`), 'utf8')).to.be.oneOf([
            'before\n',
            'after\n',
          ]);
        await expectNoTemporaries(node);
      },
    }));
  }).timeout(TIMEOUT_MS);
});

function storage(node: TestNode): string {
  return join(node.stateDir, 'file-storage', NAME);
}

function createDisk(node: TestNode): Promise<unknown> {
  return node.call('blockdev_create', [node.disk(NAME), 8, NAME, true, '', false]);
}

function findDisk(node: TestNode): Promise<unknown> {
  return node.call('blockdev_find', [node.disk(NAME)]);
}

function growDisk(node: TestNode): Promise<unknown> {
  return node.call('blockdev_grow', [node.disk(NAME), 4, false, true, false]);
}

/** As the daemon says it, which is what the file says. */
async function diskSizeMiB(node: TestNode): Promise<number> {
  const answer = (await node.call('blockdev_getdimensions', [[node.disk(NAME)]])) as number[][];
  const { size } = await stat(node.diskPath(NAME));
  expect(answer[0]?.[0]).to.equal(size);
  return size / MIB;
}

/** In the end nothing is left of it, so that its directory can go as well. */
async function removeDisk(node: TestNode): Promise<void> {
  await node.call('blockdev_remove', [node.disk(NAME)]);
  await node.call('file_storage_dir_remove', [storage(node)]);
  expect(await readdir(join(node.stateDir, 'file-storage'))).to.deep.equal([]);
  expect(await readdir(join(node.stateDir, 'run/bdev-cache'))).to.deep.equal([]);
  await expectNoTemporaries(node);
}
