import { execFile } from 'node:child_process';
import { lstatSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, before, it } from 'mocha';
import { linkOf } from '../../../../tools/kit/machine/processes.js';
import { failureOf } from '../../../support/failure.js';
import { countMounts, processOf } from '../../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);

const BAD_SCRIPTS = [
  'ganeti-chroot',
  '',
  '.',
  '..',
  '../bin/sh',
  '/../bin/sh',
  '/bin/../bin/sh',
  '/bin/./sh',
  '//bin/sh',
  '/bin//sh',
  '/bin/sh/',
  '/bin/sh\0',
];

describeAsRoot('paths that lead elsewhere', () => {
  const node = useNode();

  it('are refused as the script of an instance', async () => {
    const instance = await node().makeDisk('inst1');
    for (const init_script of BAD_SCRIPTS) {
      const bad = { ...instance, hvparams: { init_script } };
      const error = await failureOf(node().call('instance_start', [bad, false, []]));
      expect(error.message, init_script).to.contain('init_script');
      expect(node().leftovers()).to.deep.equal([]);
    }
    await node().start(instance);
    for (const init_script of BAD_SCRIPTS) {
      const bad = { ...instance, hvparams: { init_script } };
      await failureOf(node().call('instance_shutdown', [bad, 10, []]));
      expect(await node().running()).to.deep.equal(['inst1']);
    }
    await node().shutdown(instance);
  });

  it('are refused, and stay as they are, in place of the directory of an instance', async () => {
    const instance = await node().makeDisk('inst1');
    const place = node().root('inst1');
    const elsewhere = join(node().stateDir, 'elsewhere');
    await mkdir(elsewhere);
    const cases: [make: () => Promise<unknown>, message: RegExp][] = [
      [() => symlink(elsewhere, place), /not a directory but a symbolic link/],
      [() => symlink('/nonexistent', place), /not a directory but a symbolic link/],
      [() => symlink('inst1', place), /not a directory but a symbolic link/],
      [() => writeFile(place, 'text'), /not a directory/],
      [() => run('mkfifo', [place]), /not a directory/],
      [() => run('mknod', [place, 'c', '1', '3']), /not a directory/],
      [() => mkdir(join(place, 'content'), { recursive: true }), /not empty/],
    ];
    for (const [make, message] of cases) {
      await make();
      const before = lstatSync(place);
      expect((await failureOf(node().start(instance))).message).to.match(message);
      await node().shutdown(instance);
      expect(lstatSync(place)).to.include({ mode: before.mode, ino: before.ino });
      await rm(place, { recursive: true });
    }
    expect(readdirSync(elsewhere)).to.deep.equal([]);
    await mkdir(place);
    await node().start(instance);
    await node().shutdown(instance);
    await rmdir(elsewhere);
  });

  it('in an image lead nowhere but into the image', async () => {
    const trap = join(node().stateDir, 'trap');
    await writeFile(trap, `#!/bin/sh\ntouch ${node().stateDir}/sprung\n`, { mode: 0o755 });
    for (const path of ['ganeti-chroot', 'bin/sh', 'bin/busybox']) {
      const instance = await node().makeDisk('inst1', {
        prepare: async (tree) => {
          await unlink(join(tree, path));
          await symlink(trap, join(tree, path));
        },
      });
      await failureOf(node().start(instance));
      expect(node().leftovers()).to.deep.equal([]);
    }
    expect(readdirSync(node().stateDir)).not.to.include('sprung');
    await rm(trap);
  });

  it('in an image do no harm as /proc, /dev/pts, /tmp and the like', async () => {
    // Not /dev itself: without /dev/null the shell in the image starts nothing.
    const directories = ['proc', 'dev/pts', 'tmp', 'mnt', 'etc', 'run', 'sys'];
    const precious = join(node().stateDir, 'precious');
    await mkdir(precious);
    const instance = await node().makeDisk('inst1', {
      script: '#!/bin/sh\n[ "$1" = start ] || exit 0\nsleep 100000 &\n',
      prepare: async (tree) => {
        for (const directory of directories) {
          await rm(join(tree, directory), { recursive: true, force: true });
          await symlink(directory === 'etc' ? '/../../../../etc' : precious, join(tree, directory));
        }
      },
    });
    await node().start(instance);
    expect(linkOf(await processOf(node(), 'inst1'), 'root')).to.equal(node().root('inst1'));
    await node().shutdown(instance);
    expect(readdirSync(precious)).to.deep.equal([]);
    await rmdir(precious);
  });

  it('in an image lead into the image also where the same path is there', async () => {
    const hosts = join(node().stateDir, 'hosts');
    const links = { bin: 'bin', dev: 'dev', proc: 'proc', 'ganeti-chroot': 'script' };
    await run('mkdir', ['-p', ...['bin', 'dev', 'proc'].map((name) => join(hosts, name))]);
    for (const name of ['script', 'bin/sh', 'bin/busybox'])
      await writeFile(join(hosts, name), `#!/bin/bash\n: >${hosts}/sprung\n`, { mode: 0o755 });
    const before = readdirSync(hosts, { recursive: true });
    const instance = await node().makeDisk('inst1', {
      prepare: async (tree) => {
        await mkdir(join(tree, hosts), { recursive: true });
        for (const [name, target] of Object.entries(links)) {
          await rename(join(tree, name), join(tree, hosts, target));
          await symlink(join(hosts, target), join(tree, name));
        }
      },
    });
    await node().start(instance);
    expect(linkOf(await processOf(node(), 'inst1'), 'exe')).to.equal(
      join(node().root('inst1'), hosts, 'bin/busybox'),
    );
    await run('busybox', [
      'chroot',
      node().root('inst1'),
      '/bin/sh',
      '-c',
      'mount -t proc none /proc',
    ]);
    await node().call('instance_reboot', [instance, 'soft', 10, []]);
    expect(countMounts(node().root('inst1'))).to.equal(1);
    await node().shutdown(instance);
    expect(readdirSync(hosts, { recursive: true })).to.deep.equal(before);
    await rm(hosts, { recursive: true });
  });

  it('in an image as /dev or /dev/ganeti lead its further disks nowhere', async () => {
    const hosts = join(node().stateDir, 'hosts');
    const second = node().disk('inst1', 1);
    for (const name of ['dev', 'dev/ganeti']) {
      await mkdir(join(hosts, 'ganeti'), { recursive: true });
      const instance = await node().makeDisk('inst1', {
        prepare: async (tree) => {
          await rm(join(tree, name), { recursive: true, force: true });
          await symlink(hosts, join(tree, name));
        },
      });
      await writeFile(node().diskPath('inst1', 1), 'x'.repeat(4096));
      const both = { ...instance, disks_info: [...instance.disks_info, second] };
      expect((await failureOf(node().start(both))).message).to.match(/symbolic link/);
      expect(node().leftovers()).to.deep.equal([]);
      expect(readdirSync(hosts, { recursive: true })).to.deep.equal(['ganeti']);
    }
    await rm(hosts, { recursive: true });
  });

  it('that only begin alike are left alone', async () => {
    const [short, long] = [await node().makeDisk('inst1'), await node().makeDisk('inst10')];
    await node().start(short);
    await node().start(long);
    await run('mount', ['-t', 'tmpfs', 'none', join(node().root('inst10'), 'mnt')]);
    const pid = await processOf(node(), 'inst10');
    await node().shutdown(short);
    expect(await processOf(node(), 'inst10')).to.equal(pid);
    expect(node().state().mounts).to.have.lengthOf(2);
    await node().shutdown(long);
  });
});

describeAsRoot('a run directory with a strange name behind a link', () => {
  const directory = join(tmpdir(), `noded "rün" \\040 $x ${process.pid}`);
  const link = join(tmpdir(), `noded-run-${process.pid}`);
  before(async () => {
    await mkdir(directory);
    await symlink(directory, link);
  });
  const node = useNode({ paths: { runDir: link } });
  after(async () => {
    await rm(link);
    await rm(directory, { recursive: true });
  });

  it('makes no difference', async () => {
    const instance = await node().makeDisk('inst1');
    const root = join(directory, 'chroot-hypervisor/inst1');
    await node().start(instance);
    expect(await node().running()).to.deep.equal(['inst1']);
    await run('mount', ['-t', 'tmpfs', 'none', join(root, 'mnt')]);
    await node().shutdown(instance);
    expect(readdirSync(join(directory, 'chroot-hypervisor'))).to.deep.equal([]);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.to.contain(`${process.pid}/`);
  });
});
