import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { it } from 'mocha';
import { eventually } from '../support/eventually.js';
import { daemonOf } from '../support/observe.js';
import { Outsider } from '../support/outsider.js';
import { describeAsRoot, useNode } from '../support/suite.js';

const HOLD = new URL('../support/programs/hold.js', import.meta.url).pathname;
const UNSHARE = ['unshare', '--mount', '--propagation', 'private', '--'];

/** Each way to use a file system, and whether a file or a folder is used so. */
const KINDS: Record<string, 'file' | 'folder'> = {
  root: 'folder',
  cwd: 'folder',
  fd: 'file',
  'path-fd': 'file',
  mapping: 'file',
  'deep-cwd': 'folder',
  'thread-cwd': 'folder',
  'thread-fd': 'file',
  'headless-cwd': 'folder',
  'headless-fd': 'file',
};

describeAsRoot('processes that use the root of an instance and are not of its making', () => {
  const node = useNode();

  /** An instance of which nothing is left but what `use` makes: it lives, until it is stopped. */
  async function expectCounted(use: (root: string) => Outsider | Promise<Outsider>): Promise<void> {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    await writeFile(join(node().root('inst1'), 'file'), 'x'.repeat(4096));
    const outsider = await use(node().root('inst1'));
    process.kill(await daemonOf(node(), 'inst1'), 'SIGKILL');
    await eventually(
      async () =>
        (await node()
          .call('instance_usage', ['inst1'])
          .catch(() => 'none')) !== 'none',
    );
    expect(await node().running()).to.deep.equal(['inst1']);
    await node().shutdown(instance, 1);
    expect(await node().running()).to.deep.equal([]);
    await eventually(() => !outsider.isAlive);
  }

  for (const [kind, target] of Object.entries(KINDS))
    for (const prefix of [[], UNSHARE])
      it(`count by ${kind} alone${prefix.length > 0 ? ', in another mount namespace' : ''}`, async () => {
        await expectCounted((root) => {
          const path = target === 'file' ? join(root, 'file') : join(root, 'tmp');
          const [program, ...args] = [...prefix, process.execPath, HOLD, kind, path];
          return Outsider.ready(program, args);
        });
      });

  it('count by their program', async () => {
    await expectCounted((root) => Outsider.run(join(root, 'bin/busybox'), ['sleep', '1000']));
  });

  it('count when the root of the instance has become the root of all they see', async () => {
    await expectCounted((root) => {
      const pivot = `mount --bind ${root} ${root}; cd ${root}; mkdir -p old; pivot_root . old; umount -l old; echo; exec /bin/sleep 1000`;
      const [program, ...args] = [...UNSHARE, 'bash', '-c', pivot];
      return Outsider.ready(program, args);
    });
  });

  it('do not count when they use neighbours, the folder above, or another disk alike', async () => {
    const instance = await node().makeDisk('inst1');
    const other = await node().copyDisk('inst1', 'inst10');
    await node().start(other);
    const places = [node().rootDir, node().stateDir, '/', node().root('inst10')];
    const outsiders = places.map((place) => Outsider.sleepingIn(place));
    const [program, ...args] = [...UNSHARE, 'sh', '-c', 'echo; exec sleep 1000'];
    outsiders.push(await Outsider.ready(program, args, { cwd: node().root('inst10') }));
    await node().start(instance);
    await node().shutdown(instance, 0);
    expect(outsiders.map(({ isAlive }) => isAlive)).to.deep.equal([true, true, true, true, true]);
    expect(await node().running()).to.deep.equal(['inst10']);
    await Promise.all(outsiders.slice(0, 3).map((outsider) => outsider.kill()));
    await node().shutdown(other);
    await eventually(() => outsiders.every(({ isAlive }) => !isAlive));
  });

  it('neither count nor keep the disk busy when all they have is a copy of the mount', async () => {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    await promisify(execFile)('mount', ['-t', 'tmpfs', 'none', join(node().root('inst1'), 'mnt')]);
    const [program, ...args] = [...UNSHARE, 'sh', '-c', 'echo; exec sleep 1000'];
    const outsider = await Outsider.ready(program, args);
    await node().shutdown(instance);
    expect(outsider.isAlive).to.equal(true);
  });
});
