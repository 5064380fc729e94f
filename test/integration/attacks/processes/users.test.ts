import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { it } from 'mocha';
import { eventually } from '../../../../tools/kit/eventually.js';
import { isAlive } from '../../../../tools/kit/machine/processes.js';
import { failureOf } from '../../../support/failure.js';
import { processesIn } from '../../../support/machine/observe.js';
import { Outsider } from '../../../support/machine/outsider.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);
const REUSE_PID = new URL('../../../support/programs/reuse-pid.js', import.meta.url).pathname;
const HOLD = new URL('../../../support/programs/hold.js', import.meta.url).pathname;
const UNSHARE = ['unshare', '--mount', '--propagation', 'private', '--'];

/** Each way to use a file system but as a root, and whether a file or a directory is used so. */
const KINDS: Record<string, 'file' | 'directory'> = {
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
const NAMESPACES: Record<string, readonly string[]> = {
  '': [],
  ', in another mount namespace': UNSHARE,
};

describeAsRoot('processes that use the root of an instance and are not of its making', () => {
  const node = useNode();

  /** An instance, what `use` makes, and then nothing else of the instance. */
  async function onlyUser(use: (root: string) => Outsider | Promise<Outsider>) {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    await writeFile(join(node().root('inst1'), 'file'), 'x'.repeat(4096));
    const outsider = await use(node().root('inst1'));
    const [own = 0] = processesIn(node().root('inst1')).filter((pid) => pid !== outsider.pid);
    process.kill(own, 'SIGKILL');
    await eventually(() => !isAlive(own));
    return { instance, outsider };
  }

  /** The instance is down; that its disk is not free, and because of whom, its shutdown says. */
  async function expectNamed(use: (root: string) => Outsider | Promise<Outsider>): Promise<void> {
    const { instance, outsider } = await onlyUser(use);
    expect(await node().running()).to.deep.equal([]);
    const { message } = await failureOf(node().shutdown(instance, 1));
    expect(message).to.match(new RegExp(`used by (.*, )?${outsider.pid} \\([^)]+, [a-z]+\\)`));
    expect(outsider.isAlive).to.equal(true);
    await outsider.kill();
    await node().shutdown(instance);
  }

  async function expectCounted(use: (root: string) => Outsider | Promise<Outsider>): Promise<void> {
    const { instance, outsider } = await onlyUser(use);
    expect(await node().running()).to.deep.equal(['inst1']);
    await node().shutdown(instance, 1);
    expect(await node().running()).to.deep.equal([]);
    await eventually(() => !outsider.isAlive);
  }

  for (const [where, prefix] of Object.entries(NAMESPACES)) {
    const holding = (kind: string, path: string) => {
      const [program, ...args] = [...prefix, process.execPath, HOLD, kind, path];
      return Outsider.ready(program, args);
    };
    for (const [kind, target] of Object.entries(KINDS))
      it(`are named and live on when they use it by ${kind} alone${where}`, () =>
        expectNamed((root) => holding(kind, join(root, target === 'file' ? 'file' : 'tmp'))));

    it(`count when they have it for their root${where}`, () =>
      expectCounted((root) => holding('root', root)));
  }

  it('are named and live on when they use it by their program', () =>
    expectNamed((root) => Outsider.run(join(root, 'bin/busybox'), ['sleep', '1000'])));

  it('count when the root of the instance has become the root of all they see', async () => {
    await expectCounted((root) => {
      const pivot = `mount --bind ${root} ${root}; cd ${root}; mkdir -p old; pivot_root . old; umount -l old; echo; exec /bin/sleep 1000`;
      const [program, ...args] = [...UNSHARE, 'bash', '-c', pivot];
      return Outsider.ready(program, args);
    });
  });

  it('are named where they only hold a directory of a file system that does not answer, not even to root', async () => {
    const servers: Outsider[] = [];
    await expectNamed(async (root) => {
      const directory = join(root, 'mnt');
      const options = 'fd=7,rootmode=40000,user_id=12345,group_id=12345';
      const script = `exec 7<>/dev/fuse; mount -i -t fuse -o ${options} hang ${directory}; echo; exec sleep 1000`;
      servers.push(await Outsider.ready('bash', ['-c', script]));
      return Outsider.ready(process.execPath, [HOLD, 'path-fd', directory]);
    });
  });

  it('do not keep it mounted when they die with its files in flight', async () => {
    for (let round = 0; round < 5; round++)
      await expectNamed((root) =>
        Outsider.ready(process.execPath, [HOLD, 'in-flight', join(root, 'file')]),
      );
  });

  it('are named and live on when the instance has sent them a file of its own, also those of another instance', async () => {
    const instance = await node().makeDisk('inst1');
    const other = await node().copyDisk('inst1', 'inst2');
    await node().start(instance);
    await node().start(other);
    const file = join(node().root('inst1'), 'bin/busybox');
    const ofNode = await Outsider.ready(process.execPath, [HOLD, 'fd', file]);
    const script = `exec 9<${file}; echo; exec chroot ${node().root('inst2')} /bin/busybox sleep 1000`;
    const ofOther = await Outsider.ready('bash', ['-c', script]);
    const { message } = await failureOf(node().shutdown(instance, 0));
    expect(message).to.include(`${ofNode.pid} (node`).and.include(`${ofOther.pid} (busybox, fd)`);
    expect([ofNode.isAlive, ofOther.isAlive]).to.deep.equal([true, true]);
    expect(await node().running()).to.deep.equal(['inst2']);
    await ofNode.kill();
    await ofOther.kill();
    await node().shutdown(instance);
    await node().shutdown(other);
  });

  it('do not make the instance live when they have come into its root from outside, and end with it when it does', async () => {
    const instance = await node().makeDisk('inst1');
    const root = node().root('inst1');
    const visit = async () => {
      const inside = `chroot ${root} /bin/busybox sleep 1000; true`;
      Outsider.run('bash', ['-c', inside]);
      await eventually(() => processesIn(root).length === 2);
    };
    await node().start(instance);
    const [own = 0] = processesIn(root);
    await visit();
    const [visitor = 0] = processesIn(root).filter((pid) => pid !== own);
    process.kill(own, 'SIGKILL');
    await eventually(() => !isAlive(own));
    expect(await node().running()).to.deep.equal([]);
    for (const call of [node().start(instance), node().shutdown(instance, 0)])
      expect((await failureOf(call)).message).to.include(`used by ${visitor} (busybox, root)`);
    expect(isAlive(visitor)).to.equal(true);
    await Outsider.killAll();
    await node().start(instance);
    await visit();
    await node().shutdown(instance, 1);
    expect(processesIn(root)).to.deep.equal([]);
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
    await Promise.all(outsiders.map((outsider) => outsider.kill()));
    await node().shutdown(other);
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
      expect([signalled, isHarmed]).to.deep.equal([{ signalled: [], strays: [] }, false]);
    } finally {
      await run('umount', [root]);
      await run('rmdir', [root]);
    }
  });
});
