import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SYSTEM_CLOCK } from '../../../src/base/clock.js';
import { installOs } from '../../../src/os/scripts.js';
import { FileDisks } from '../../../src/storage/file/disk.js';
import { Commands } from '../../../src/system/command/command.js';
import { LoopDevices } from '../../../src/system/device/loop-devices.js';
import { DiskUsers } from '../../../src/system/disk/disk-users.js';
import { MountTable } from '../../../src/system/proc/mount-table.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { FakeDisks } from '../../support/fakes/fake-disks.js';
import { attachLoop, detachLoop } from '../../support/machine/loops.js';
import { countMounts } from '../../support/machine/observe.js';
import { useLogKeeper } from '../../support/node/log-keeper.js';
import { makeOs } from '../../unit/os/fixtures.js';
import {
  failureOf,
  fileDisk,
  instanceWith,
  NO_USERS,
  recordingLogger,
  StorageFixture,
} from '../../unit/storage/fixtures.js';

const MIB = 1024 * 1024;

describe('installOs with real scripts', () => {
  const logs = useLogKeeper();
  const mountTable = new MountTable();
  const disks = new FakeDisks();
  const diskUsers = new DiskUsers({ disks, loopDevices: new LoopDevices(), mountTable });
  let fixture: StorageFixture;
  let logged: Record<string, unknown>[];
  beforeEach(async () => {
    logged = [];
    fixture = await StorageFixture.create();
    await new FileDisks({ disks, paths: fixture.paths, users: NO_USERS }).create(
      fileDisk(fixture.diskPath()),
      1,
      false,
    );
  });
  afterEach(() => fixture.remove());

  /** Runs `script` as the create script; it finds its way in `$ROOT`. */
  async function add(
    script: string,
    { timeoutMs = 10_000, interpreter = '/bin/bash' } = {},
  ): Promise<void> {
    const definitions = join(fixture.root, 'definitions');
    await makeOs(join(definitions, 'busybox'), {
      create: `#!${interpreter}\nROOT='${fixture.root}'\n${script}\n`,
    });
    const scripts = {
      osSearchPath: [definitions],
      blockDevices: fixture.blockDevices(),
      confined: new Commands({ logs: logs() }),
      logDir: join(fixture.root, 'log'),
      clock: SYSTEM_CLOCK,
      timeoutsMs: { osScript: timeoutMs },
      diskUsers,
      missingMountRight: () => (process.getuid?.() === 0 ? undefined : 'not root'),
      logger: recordingLogger(logged),
    };
    const instance = instanceWith([fileDisk(fixture.diskPath())], {
      osparams_private: { password: 'secret' },
    });
    await installOs(scripts, instance, false, 0);
  }

  async function logFile(): Promise<string> {
    const directory = join(fixture.root, 'log', 'os');
    const [name = '', ...others] = await readdir(directory);
    expect(others).to.deep.equal([]);
    return join(directory, name);
  }

  /** The log's text once there is `end` at its end: a script may be over before all it said is written. */
  async function logEndingIn(end: string): Promise<string> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const text = await readFile(await logFile(), 'utf8');
      if (text.endsWith(end)) return text;
      await delay(20);
    }
    return readFile(await logFile(), 'utf8');
  }

  /** The process whose id the script has written to `pid`. */
  async function isAlive(): Promise<boolean> {
    const pid = (await readFile(join(fixture.root, 'pid'), 'utf8')).trim();
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return status !== '' && !/\) Z /.test(status);
  }

  it('lets nothing stay mounted or attached that a script leaves, whether it fails or is killed', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const others = countMounts('/');
    for (const end of ['exit 1', 'kill -KILL $$', 'sleep 100'])
      await failureOf(
        add(
          `set -e; mkfs.ext2 -qF "$DISK_0_PATH"; mkdir -p "$ROOT/m" "$ROOT/n"
           mount -o loop "$DISK_0_PATH" "$ROOT/m"; mount --bind "$ROOT/m" "$ROOT/n"
           umount "$ROOT/n"; cp /bin/true "$ROOT/m/left"; losetup --find --nooverlap "$DISK_0_PATH" || true
           losetup --find "$DISK_0_PATH"; ${end}`,
          { timeoutMs: end === 'sleep 100' ? 3_000 : 30_000 },
        ),
      );
    expect(countMounts('/')).to.equal(others);
    await eventually(async () => (await diskUsers.of(fixture.diskPath())).length === 0);
    const [gone, ...more] = logged;
    expect(gone).to.include({ message: 'an OS script has left a loop device', isGone: true });
    expect(more).to.have.length.above(1);
    expect(await readdir(join(fixture.root, 'm'))).to.deep.equal([]);
  });

  it('does not let a disk be removed that is mounted, and says where it is', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const path = fixture.diskPath();
    const device = await attachLoop(path);
    const users = await diskUsers.of(path);
    expect(users).to.deep.equal([device]);
    const files = new FileDisks({ disks, paths: fixture.paths, users: diskUsers });
    const disk = await files.attach(fileDisk(path));
    expect((await failureOf(disk.remove())).message).to.equal(
      `${path}: can't remove: in use by ${device}`,
    );
    await detachLoop(device);
    await disk.remove();
    expect((await files.attach(fileDisk(path))).attached).to.equal(false);
  });

  it('runs in the directory of the OS, with nothing of our environment', async () => {
    process.env['NODE_OPTIONS'] = '--no-warnings';
    try {
      await add('pwd >"$ROOT/pwd"; env -0 >"$ROOT/env"; cat; echo "on $DISK_0_PATH" >&2; echo end');
    } finally {
      delete process.env['NODE_OPTIONS'];
    }
    expect(await logEndingIn('end\n')).to.equal(`on ${fixture.diskPath()}\nend\n`);
    expect((await stat(await logFile())).mode & 0o777).to.equal(0o600);
    expect(await readFile(join(fixture.root, 'pwd'), 'utf8')).to.equal(
      `${join(fixture.root, 'definitions', 'busybox')}\n`,
    );
    const env = (await readFile(join(fixture.root, 'env'), 'utf8')).split('\0');
    expect(env).to.include.members([
      'PATH=/sbin:/bin:/usr/sbin:/usr/bin',
      'OSP_PASSWORD=secret',
      'INSTANCE_BE_auto_balance=True',
    ]);
    expect(env.filter((line) => /^(NODE|HOME|npm)/.test(line))).to.deep.equal([]);
  });

  it('hands none of our open files to the script', async () => {
    const secret = join(fixture.root, 'server.pem');
    const file = await open(secret, 'w');
    try {
      await add('ls -l /proc/$$/fd; echo end');
    } finally {
      await file.close();
    }
    const listing = await logEndingIn('end\n');
    expect(listing).to.include(' 0 -> /dev/null');
    expect(listing).not.to.include(secret);
    expect(listing).not.to.include('socket:');
  });

  it('does not wait for a program that keeps the output open', async () => {
    const begin = performance.now();
    await add('setsid sleep 20 & echo $! >"$ROOT/pid"; echo started');
    expect(performance.now() - begin).to.be.below(5_000);
    expect(await logEndingIn('started\n')).to.equal('started\n');
    expect(await isAlive()).to.be.true;
    process.kill(Number(await readFile(join(fixture.root, 'pid'), 'utf8')));
  });

  it('tells what a script said that fails and leaves a program behind', async () => {
    const error = await failureOf(
      add('setsid sleep 20 & echo $! >"$ROOT/pid"; echo "no room"; exit 5'),
    );
    expect(error.message).to.equal(
      'OS create script failed (exited with exit code 5), last lines in the log file:\nno room',
    );
    process.kill(Number(await readFile(join(fixture.root, 'pid'), 'utf8')));
  });

  it('keeps many short lines', async () => {
    await add('for i in {1..200}; do echo "line $i"; [ $((i % 10)) != 0 ] || sleep 0.01; done');
    const text = await logEndingIn('line 200\n');
    expect(text.split('\n')).to.have.lengthOf(201);
  });

  it('bounds the log, and says that it is cut', async () => {
    await add('head -c 5M /dev/zero | tr \'\\0\' x; echo done >"$ROOT/done"');
    const text = await logEndingIn('bytes]\n');
    expect(text).to.match(/x\n\[output cut here, at 1048576 bytes\]\n$/);
    expect(text.length).to.be.within(MIB, MIB + 100);
    expect(await readFile(join(fixture.root, 'done'), 'utf8')).to.equal('done\n');
  });

  it('fails with the last lines, made harmless', async () => {
    const error = await failureOf(
      add("for i in {1..30}; do echo $i; done; printf '\\e[2J\\a' >&2; exit 7"),
    );
    expect(error.message.split('\n')).to.deep.equal([
      'OS create script failed (exited with exit code 7), last lines in the log file:',
      ...Array.from({ length: 19 }, (_, index) => String(index + 12)),
      '\\x1b[2J\\x07',
    ]);
  });

  it('says so when the script cannot be started', async () => {
    const error = await failureOf(add('', { interpreter: '/no/such/shell' }));
    expect(error.message).to.match(/^OS create script failed \(exited with exit code 12[67]\)/);
    expect(error.message).to.match(/no\/such\/shell|cannot execute/);
  });

  it('ends a script that never ends, and all that it started', async () => {
    const begin = performance.now();
    const error = await failureOf(
      add('trap \'\' TERM; sleep 100 & echo $! >"$ROOT/pid"; echo waiting; wait', {
        timeoutMs: 500,
      }),
    );
    expect(error.message).to.equal(
      'OS create script failed (timed out after 0.5 s), last lines in the log file:\nwaiting',
    );
    expect(performance.now() - begin).to.be.below(5_000);
    // What is killed is gone a little later.
    await eventually(async () => !(await isAlive()));
  });
});
