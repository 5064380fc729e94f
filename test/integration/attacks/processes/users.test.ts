import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { it } from 'mocha';
import { eventually } from '../../../../tools/kit/eventually.js';
import { processOf } from '../../../support/machine/observe.js';
import { Outsider } from '../../../support/machine/outsider.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);
const REUSE_PID = new URL('../../../support/programs/reuse-pid.js', import.meta.url).pathname;
const HOLD = new URL('../../../support/programs/hold.js', import.meta.url).pathname;
const UNSHARE = ['unshare', '--mount', '--propagation', 'private', '--'];

/** Each way to use a file system, and whether a file or a directory is used so. */
const KINDS: Record<string, 'file' | 'directory'> = {
  root: 'directory',
  cwd: 'directory',
  fd: 'file',
  'path-fd': 'file',
  mapping: 'file',
  'deep-cwd': 'directory',
  'thread-cwd': 'directory',
  'thread-fd': 'file',
  'headless-cwd': 'directory',
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
    process.kill(await processOf(node(), 'inst1'), 'SIGKILL');
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

  it('count where they only hold a directory of a file system that does not answer, not even to root', async () => {
    await expectCounted(async (root) => {
      const directory = join(root, 'mnt');
      const options = 'fd=7,rootmode=40000,user_id=12345,group_id=12345';
      const script = `exec 7<>/dev/fuse; mount -i -t fuse -o ${options} hang ${directory}; echo; exec sleep 1000`;
      await Outsider.ready('bash', ['-c', script]);
      return Outsider.ready(process.execPath, [HOLD, 'path-fd', directory]);
    });
  });

  it('do not keep it mounted when they die with its files in flight', async () => {
    for (let round = 0; round < 5; round++)
      await expectCounted((root) =>
        Outsider.ready(process.execPath, [HOLD, 'in-flight', join(root, 'file')]),
      );
  });

  it('do not count when they use neighbours, the directory above, or another disk alike', async () => {
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
    await run('mount', ['-t', 'tmpfs', 'none', join(node().root('inst1'), 'mnt')]);
    const [program, ...args] = [...UNSHARE, 'sh', '-c', 'echo; exec sleep 1000'];
    const outsider = await Outsider.ready(program, args);
    await node().shutdown(instance);
    expect(outsider.isAlive).to.equal(true);
  });

  it('are not mistaken for one another when a number is given out again', async () => {
    const root = node().root('inst1');
    await run('mkdir', [root]);
    await run('mount', ['-t', 'tmpfs', 'none', root]);
    const namespace = ['--pid', '--fork', '--mount-proc', '--kill-child'];
    try {
      const { stdout } = await run('unshare', [...namespace, process.execPath, REUSE_PID, root]);
      const { found, user, stranger, signalled, isHarmed } = JSON.parse(stdout) as Record<
        string,
        unknown
      >;
      expect(found).to.deep.equal([user]);
      expect(stranger).to.equal(user);
      expect([signalled, isHarmed]).to.deep.equal([[], false]);
    } finally {
      await run('umount', [root]);
      await run('rmdir', [root]);
    }
  });
});
