import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, it } from 'mocha';
import type { Disk, Instance } from '../../../../src/generated/objects.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { SilentDisk } from '../../../../tools/kit/machine/silent-disk.js';
import { failureOf } from '../../../support/failure.js';
import { attachLoop, detachLoop } from '../../../support/machine/loops.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const LIMIT_MS = 2_000;
/** For what does not wait for the disk, on a machine that is busy. */
const SOON_MS = 10_000;

/**
 * A disk whose file system does not answer at all: not only writes wait, but every look at it, and a process that waits can't be
 * killed.
 */
describeAsRoot('while a disk does not answer', () => {
  const node = useNode({ timeouts: { mount: LIMIT_MS / 1000 } });
  let directory = '';
  let silent: SilentDisk;
  let device = '';

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'silent-disk-'));
    silent = await SilentDisk.create(join(directory, 'far'));
    await appendFile(join(node().stateDir, 'etc/file-storage-paths'), `${silent.directory}\n`);
    await node().makeDisk('inst2');
    await writeFile(node().diskPath('inst2', 1), Buffer.alloc(1024 * 1024));
  });
  afterEach(async () => {
    await silent.answer();
    if (device !== '') await detachLoop(device);
    device = '';
    await node()
      .shutdown(farInstance(), 1)
      .catch(() => undefined);
    await silent.remove();
    await rm(directory, { recursive: true });
  });

  function farDisk(): Disk {
    return { ...node().disk('inst1'), dev_type: 'sharedfile', logical_id: ['loop', silent.path] };
  }

  function farInstance(): Instance {
    return node().instance('inst1', { disks_info: [farDisk()] });
  }

  /** Another instance, with a further disk, comes and goes as if nothing were wrong, and all else is answered. */
  async function expectOthersServed(): Promise<void> {
    const begin = performance.now();
    const other = node().instance('inst2', {
      disks_info: [node().disk('inst2'), { ...node().disk('inst2', 1, 1), iv_name: 'disk/1' }],
    });
    await node().call('version', []);
    await node().start(other);
    expect(await node().running()).to.include('inst2');
    await node().call('instance_list', [['chroot'], { chroot: {} }]);
    await node().call('os_diagnose', []);
    await node().call('blockdev_find', [node().disk('inst2')]);
    await node().call('get_file_info', [join(node().stateDir, 'lib/server.pem')]);
    await node().shutdown(other, 1);
    expect(performance.now() - begin).to.be.below(SOON_MS);
  }

  it('only those wait who ask for it, up to their limit, and then fail at once', async () => {
    expect(await node().call('blockdev_find', [farDisk()])).to.include({ dev_path: silent.path });
    await silent.fallSilent();
    const asked = Array.from({ length: 8 }, () =>
      failureOf(node().call('blockdev_find', [farDisk()])),
    );
    await expectOthersServed();
    for (const error of await Promise.all(asked))
      expect(error.message).to.match(/no answer from \S+\/far( within 2 s|: a helper)/);
    const begin = performance.now();
    expect((await failureOf(node().start(farInstance()))).message).to.match(
      /no answer from \S+\/far: a helper that was given up waits for it still/,
    );
    expect(performance.now() - begin).to.be.below(LIMIT_MS);
    await expectOthersServed();
    await silent.answer();
    await eventually(async () => {
      const found = await node()
        .call('blockdev_find', [farDisk()])
        .catch(() => undefined);
      return found !== undefined;
    });
  });

  it('others are started and stopped beside an instance that runs on it', async () => {
    await node().start(farInstance());
    await silent.fallSilent();
    await expectOthersServed();
    const stopped = failureOf(node().shutdown(farInstance(), 1));
    await expectOthersServed();
    await stopped;
    await silent.answer();
    await eventually(
      async () =>
        (await node()
          .shutdown(farInstance(), 1)
          .catch(() => 'not yet')) === null,
    );
  });

  it('others are started and stopped while somebody holds the lock of a loop device on it', async () => {
    device = await attachLoop(silent.path);
    await silent.fallSilent();
    const reader = spawn('dd', [`if=${device}`, 'of=/dev/null', 'count=1'], { stdio: 'ignore' });
    await delay(300);
    // It waits for the reader, as a scan for partitions waits for the disk: with the lock held.
    const holder = spawn('losetup', ['--direct-io=on', device], { stdio: 'ignore' });
    await delay(300);
    expect([reader.exitCode, holder.exitCode]).to.deep.equal([null, null]);
    await expectOthersServed();
    const ended = [reader, holder].map((program) => once(program, 'exit'));
    await silent.answer();
    await Promise.all(ended);
  });
});
