import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { it } from 'mocha';
import { LoopDevices } from '../../../../src/system/device/loop-devices.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { readMounts } from '../../../../tools/kit/machine/observer.js';
import { isAlive } from '../../../../tools/kit/machine/processes.js';
import { failureOf } from '../../../support/failure.js';
import { attachLoop } from '../../../support/machine/loops.js';
import { countMounts, mountOn, processOf } from '../../../support/machine/observe.js';
import { Outsider } from '../../../support/machine/outsider.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);
const bash = (script: string, cwd: string) => run('bash', ['-c', script], { cwd });
const MOUNT_MANY = new URL('../../../support/programs/mount-many.js', import.meta.url).pathname;
const SWAP = new URL('../../../support/programs/swap.js', import.meta.url).pathname;

/** As bash reads them. All that mountinfo, a shell or a careless prefix could stumble over. */
const STRANGE_NAMES = [
  "' '",
  "'two words '",
  "$'tab\\there'",
  "$'line\\nbreak'",
  "$'\\n'",
  "'back\\slash'",
  "'\\'",
  "'\\040'",
  "'\\134040'",
  "'gone (deleted)'",
  "' (deleted)'",
  "'-l'",
  "'#hash'",
  "'*'",
  "'$(id)'",
  "$'\\377\\376'",
  "$'\\303'",
  "'grüße 😀'",
  "$'\\x1b[31m\\r'",
  "'...'",
  "$(printf 'x%.0s' {1..255})",
];

/** When it is to stop its process, it takes its own mount away instead, and waits until it may go on. */
const VANISHING_SCRIPT = `#!/bin/sh
case $1 in
  start) sleep 100000 </dev/null >/dev/null 2>&1 & ;;
  stop) trap 'exit 0' USR1; mount -t proc none /proc; umount -l / && echo "vanished $$"; while :; do sleep 0.1; done ;;
esac
`;

describeAsRoot('mounts inside of an instance', () => {
  const node = useNode();

  /** Starts an instance, lets `prepare` do something in its root, and stops it again. */
  async function live(prepare: (root: string) => Promise<unknown>, timeoutSeconds = 10) {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    await prepare(node().root('inst1'));
    expect(await node().shutdown(instance, timeoutSeconds)).to.equal(null);
    expect(node().leftovers()).to.deep.equal([]);
  }

  it('are removed whatever they are called', async () => {
    const script = STRANGE_NAMES.map((name) => `mkdir -- ${name} && mount -t tmpfs none ./${name}`);
    await live(async (root) => {
      await bash(`set -e; cd mnt\n${script.join('\n')}`, root);
      expect(countMounts(root)).to.equal(STRANGE_NAMES.length + 1);
    });
  });

  it('are removed when they are whatever a file can be', async () => {
    await live((root) =>
      bash(
        `set -e; touch file sock; mkdir a b; mount --bind /bin/true file; mount --bind a b
         mount -t proc proc proc; mount -t devtmpfs dev dev; mount -t sysfs sys mnt
         mount --bind /proc/self/ns/uts sock; mount --rbind . a; mount --move b tmp`,
        root,
      ),
    );
  });

  for (const [how, count, name] of [
    ['nested', 1000, 'd'],
    ['nested', 100, 'longer than any path may be '.repeat(5)],
    ['stacked', 1000, 'd'],
  ] as const)
    it(`are removed when ${count} of them are ${how}, each called "${name.slice(0, 28)}"`, async () => {
      await live(async (root) => {
        const args = [MOUNT_MANY, how, String(count), name];
        await run(process.execPath, args, { cwd: join(root, 'mnt') });
        expect(countMounts(root)).to.equal(count + 1);
      });
    });

  it('are removed when 2,000 of them are 8 KiB deep, which another instance does not notice', async function () {
    this.timeout(300_000);
    const [deep, other] = [await node().makeDisk('inst1'), await node().makeDisk('inst2')];
    await node().start(deep);
    // The disk has no room for so many directories.
    await run('mount', ['-t', 'tmpfs', 'none', join(node().root('inst1'), 'mnt')]);
    const args = [MOUNT_MANY, 'deep', '2000', 'd'];
    await run(process.execPath, args, { cwd: join(node().root('inst1'), 'mnt') });
    expect(countMounts(node().root('inst1'))).to.equal(2_002);
    const begin = performance.now();
    await node().start(other);
    await node().shutdown(other);
    expect(performance.now() - begin).to.be.below(60_000);
    await node().shutdown(deep);
  });

  it('are removed when they cover the root itself', async () => {
    await live((root) =>
      bash(`mkdir -p mnt/x; mount --bind mnt .; mount -t tmpfs none "$PWD"`, root),
    );
  });

  it('do not survive a soft reboot, only the disk does', async () => {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    const root = node().root('inst1');
    const { id } = mountOn(root);
    await bash('mount -t tmpfs none mnt; mkdir mnt/a; mount -t tmpfs none mnt/a', root);
    await run('mount', ['-t', 'tmpfs', 'none', root]);
    await node().call('instance_reboot', [instance, 'soft', 10, []]);
    expect(readMounts().filter(({ mountPoint }) => mountPoint.startsWith(root))).to.have.lengthOf(
      1,
    );
    expect(mountOn(root).id).to.equal(id);
    await node().shutdown(instance);
  });

  it('that are busy are named, and the disk is not let go of in secret', async () => {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    const busy = join(node().root('inst1'), 'mnt');
    await run('mount', ['-t', 'tmpfs', 'none', busy]);
    // A socket's name keeps the file system in use, and no process shows it.
    const listening = `require('net').createServer().listen('${busy}/s', () => console.log())`;
    const outsider = await Outsider.ready(process.execPath, ['-e', listening]);
    const error = await failureOf(node().shutdown(instance));
    expect(error.message).to.contain(`${busy}: EBUSY`);
    expect(mountOn(node().root('inst1')).fsType).to.equal('ext4');
    expect(outsider.isAlive).to.equal(true);
    const again = await failureOf(node().start(instance));
    expect(again.message).to.contain(`${busy}: EBUSY`);
    await outsider.kill();
    await node().shutdown(instance);
  });

  it('that are busy are named on one line that steers no terminal', async () => {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    const busy = join(node().root('inst1'), 'mnt', 'x\n\x1b[2Jy');
    await mkdir(busy);
    await run('mount', ['-t', 'tmpfs', 'none', busy]);
    const listening = `require('net').createServer().listen(process.argv[1] + '/s', () => console.log())`;
    const outsider = await Outsider.ready(process.execPath, ['-e', listening, busy]);
    const error = await failureOf(node().shutdown(instance));
    expect(error.message).to.contain('/mnt/x\\x0a\\x1b[2Jy: EBUSY');
    await outsider.kill();
    await node().shutdown(instance);
  });

  it('that hide its disk with the one of another make the script of none run', async () => {
    const script = (file: string) =>
      `#!/bin/sh\n[ "$1" = start ] || touch /${file}\n[ "$1" = stop ] || setsid sleep 100000 </dev/null >/dev/null 2>&1 &\n`;
    const hidden = await node().makeDisk('inst1', { script: script('stopped') });
    const other = await node().makeDisk('inst2', { script: script('stopped') });
    await node().start(hidden);
    await node().start(other);
    const [root, otherRoot] = [node().root('inst1'), node().root('inst2')];
    await run('mount', ['--bind', otherRoot, root]);
    const plugged = { ...node().disk('inst1', 1), uuid: 'further' };
    await writeFile(node().diskPath('inst1', 1), Buffer.alloc(65_536));
    const added = node().call('hotplug_device', [
      hidden,
      'hotadd',
      'disk',
      plugged,
      ['/some/link', null],
      1,
    ]);
    expect((await failureOf(added)).message).to.include('covered by another mount');
    expect(await node().shutdown(hidden)).to.equal(null);
    expect(existsSync(join(otherRoot, 'stopped'))).to.equal(false);
    expect(existsSync(join(otherRoot, 'dev/ganeti'))).to.equal(false);
    expect(await node().running()).to.deep.equal(['inst2']);
    await node().shutdown(other);
  });

  it('that loop devices keep busy go when nobody uses those, and else the devices are named', async () => {
    const instance = await node().makeDisk('inst1');
    const root = node().root('inst1');
    await node().start(instance);
    const image = join(root, 'im\tage');
    await writeFile(image, Buffer.alloc(65_536));
    await attachLoop(image);
    expect(await node().shutdown(instance)).to.equal(null);
    await node().start(instance);
    const device = await attachLoop(image);
    const holder = await Outsider.ready('sh', [
      '-c',
      `exec 3<${device}; echo; exec sleep infinity`,
    ]);
    const { message } = await failureOf(node().shutdown(instance));
    expect(message).to.contain(`${root}: EBUSY (${device} is over ${root}/im\\x09age)`);
    await holder.kill();
    await node().shutdown(instance);
    expect(new LoopDevices().backingFile(device)).to.equal(undefined);
  });

  it('that swap keeps busy are named with the command that ends it', async () => {
    const instance = await node().makeDisk('inst1');
    const root = node().root('inst1');
    await node().start(instance);
    const file = join(root, 'swap file');
    await run('dd', ['if=/dev/zero', `of=${file}`, 'bs=64K', 'count=16']);
    await chmod(file, 0o600);
    await run('mkswap', [file]);
    await run('swapon', [file]);
    try {
      const { message } = await failureOf(node().shutdown(instance));
      expect(message).to.contain(`${root}: EBUSY (swapoff ${file} ends the swap there)`);
    } finally {
      await run('swapoff', [file]);
    }
    await node().shutdown(instance);
  });

  it('are gone before anybody is killed: then nobody outside is', async () => {
    const instance = await node().makeDisk('inst1');
    const root = node().root('inst1');
    for (let round = 0; round < 5; round++) {
      await node().start(instance);
      const onDisk = await processOf(node(), 'inst1');
      await run('umount', ['--lazy', root]);
      // What was below comes to light; these use the host's own file system.
      const outsiders = [root, node().rootDir, '/'].map((path) => Outsider.sleepingIn(path));
      const stopped = round % 2 === 0 ? node().shutdown(instance, 0) : node().shutdown(instance);
      expect(await stopped).to.equal(null);
      expect(outsiders.map(({ isAlive }) => isAlive)).to.deep.equal([true, true, true]);
      expect(isAlive(onDisk)).to.equal(false);
      for (const outsider of outsiders) await outsider.kill();
      await node().shutdown(instance);
    }
  });

  it('are gone between the check and the kill: then nobody outside is killed either', async () => {
    const instance = await node().makeDisk('inst1', { script: VANISHING_SCRIPT });
    const root = node().root('inst1');
    await node().start(instance);
    const onDisk = await processOf(node(), 'inst1');
    const stopped = node().shutdown(instance);
    await eventually(() => countMounts(root) === 0);
    // What was below comes to light; these use the host's own file system.
    const outsiders = [root, node().rootDir, '/'].map((path) => Outsider.sleepingIn(path));
    process.kill(await vanishedScript(), 'SIGUSR1');
    expect(await stopped).to.equal(null);
    expect(outsiders.map(({ isAlive }) => isAlive)).to.deep.equal([true, true, true]);
    expect(isAlive(onDisk)).to.equal(false);
  });

  /** The process of VANISHING_SCRIPT, as soon as it waits to be told to go on. */
  async function vanishedScript(): Promise<number> {
    const log = join(node().stateDir, 'log/chroot/inst1.log');
    const said = async () => /^vanished (\d+)$/m.exec(await readFile(log, 'utf8'))?.[1];
    await eventually(async () => (await said()) !== undefined);
    return Number(await said());
  }

  it('are removed by their own names only while somebody swaps directories for links', async function () {
    this.timeout(120_000);
    const instance = await node().makeDisk('inst1');
    const root = node().root('inst1');
    const hosts = join(node().stateDir, 'hosts');
    await mkdir(join(hosts, 'm'), { recursive: true });
    await run('mount', ['-t', 'tmpfs', 'hosts-own', join(hosts, 'm')]);
    await writeFile(join(hosts, 'm/precious'), '');
    try {
      for (let round = 0; round < 15; round++) {
        await node().start(instance);
        await bash('mkdir -p a/m; for i in 1 2 3 4 5; do mount -t tmpfs none a/m; done', root);
        await symlink(hosts, join(root, 'evil'));
        // From outside, and by paths alone: who had a directory of the instance open would be killed first.
        const swapper = await Outsider.ready(process.execPath, [
          SWAP,
          join(root, 'a'),
          join(root, 'evil'),
        ]);
        await node()
          .shutdown(instance, round % 2)
          .catch(() => undefined);
        await swapper.kill();
        expect(await readFile(join(hosts, 'm/precious'), 'utf8')).to.equal('');
        await node().shutdown(instance);
        await node().makeDisk('inst1');
      }
    } finally {
      await run('umount', [join(hosts, 'm')]);
      await rm(hosts, { recursive: true });
    }
  });
});
