import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, before, it } from 'mocha';
import { packageRoot } from '../../../../src/base/package-root.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { isAlive } from '../../../../tools/kit/machine/processes.js';
import { CHATTY_SCRIPT, chattyPid } from '../../../support/machine/chatty-script.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);
const UUID = '00000000-1519-4ff7-86b8-d95c525f1e6b';

/** Becomes the daemon of the installation that the file named first points to, instead of ours. */
const OF_INSTALLATION =
  'main=$(cat "$0")/dist/bundle/main.js; node=$1; shift 2; exec "$node" "$main" "$@"';

describeAsRoot('a daemon that is upgraded while instances run', () => {
  let directory = '';
  const current = () => join(directory, 'current');
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'noded-upgrade-'));
    await install('1000.0.0');
  });
  const node = useNode({}, () => ({ wrapper: ['sh', '-c', OF_INSTALLATION, current()] }));
  after(() => rm(directory, { recursive: true }));

  /** Makes a copy of all that is installed, in a directory of its own; the next daemon is started from there. */
  async function install(version: string): Promise<void> {
    const tree = join(directory, version);
    const from = packageRoot();
    await run('mkdir', ['-p', join(tree, 'dist')]);
    await run('cp', ['-r', join(from, 'dist/bundle'), join(tree, 'dist')]);
    await run('cp', ['-r', join(from, 'rpc-schema'), join(from, 'etc'), tree]);
    const description = JSON.parse(await readFile(join(from, 'package.json'), 'utf8')) as object;
    await writeFile(join(tree, 'package.json'), JSON.stringify({ ...description, version }));
    await symlink(join(from, 'node_modules'), join(tree, 'node_modules'));
    await writeFile(current(), tree);
  }

  /** Replaces the daemon by one of another installation; nothing of the old one is left. */
  async function upgrade(to: string, signal: NodeJS.Signals): Promise<void> {
    const old = await readFile(current(), 'utf8');
    await node().stopDaemon(signal);
    await install(to);
    await rm(old, { recursive: true });
    await node().startDaemon();
    const started = node().log.findLast(({ message }) => message === 'node daemon started');
    expect(started?.['version']).to.equal(to);
  }

  for (const [signal, version] of [
    ['SIGTERM', '1001.0.0'],
    ['SIGKILL', '1002.0.0'],
  ] as const)
    it(`by ${signal} knows them, their logs and their disks, and stops them`, async () => {
      const instance = await node().makeDisk('inst1', { script: CHATTY_SCRIPT });
      await writeFile(node().diskPath('inst1', 1), 'x'.repeat(4096));
      const disks_info = [...instance.disks_info, { ...node().disk('inst1', 1), uuid: UUID }];
      const both = { ...instance, disks_info };
      await node().start(both);
      const pid = await chattyPid(node(), 'inst1');
      await upgrade(version, signal);
      expect(await node().running()).to.deep.equal(['inst1']);
      expect(isAlive(pid)).to.equal(true);
      const log = () => readFile(join(node().stateDir, 'log/chroot/inst1.log'));
      const before = (await log()).length;
      await eventually(async () => (await log()).length > before + 10);
      const remove = [both, 'hotremove', 'disk', disks_info[1], null, 1];
      expect(await node().call('hotplug_device', remove)).to.equal(null);
      await node().call('instance_reboot', [instance, 'soft', 10, []]);
      expect(isAlive(pid)).to.equal(false);
      await node().shutdown(instance);
      expect(node().leftovers()).to.deep.equal([]);
    });
});
