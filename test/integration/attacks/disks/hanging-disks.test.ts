import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, afterEach, before, it } from 'mocha';
import type { Disk, Instance } from '../../../../src/generated/objects.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { type ImageOptions, makeImage } from '../../../../tools/kit/image.js';
import { failureOf } from '../../../support/failure.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);

/** Its program writes to the disk all the time. */
const WRITING_SCRIPT = `#!/bin/sh
case $1 in
  start) while :; do echo x >>/tmp/written; sync; done </dev/null >/dev/null 2>&1 & ;;
esac
`;

/**
 * A disk hangs when the file system below its image file is frozen: whoever waits for the disk can't be killed before
 * it goes on, just as with a broken controller or a server that is gone.
 */
describeAsRoot('an instance whose disk hangs', () => {
  const node = useNode({ timeouts: { mount: 1 } });
  let directory = '';
  const slow = () => join(directory, 'slow');
  const freeze = () => run('fsfreeze', ['--freeze', slow()]);
  const thaw = () => run('fsfreeze', ['--unfreeze', slow()]).catch(() => undefined);

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slow-disk-'));
    await mkdir(slow());
    const image = join(directory, 'image');
    await run('truncate', ['--size', '64M', image]);
    await run('mkfs.ext4', ['-q', image]);
    await run('mount', ['-o', 'loop', image, slow()]);
    await appendFile(join(node().stateDir, 'etc/file-storage-paths'), `${slow()}\n`);
    await node().makeDisk('inst2');
  });
  afterEach(thaw);
  after(async () => {
    await run('umount', [slow()]);
    await rm(directory, { recursive: true });
  });

  async function makeSlowDisk(options: ImageOptions = {}): Promise<Instance> {
    const path = join(slow(), 'disk');
    await makeImage(path, options);
    await run('sync', ['--file-system', slow()]);
    const disk: Disk = { ...node().disk('inst1'), logical_id: ['loop', path] };
    return node().instance('inst1', { disks_info: [disk] });
  }

  /** Another instance comes and goes as if nothing were wrong. */
  async function expectOthersServed(): Promise<void> {
    const other = node().instance('inst2');
    await node().start(other);
    expect(await node().running()).to.include('inst2');
    await node().shutdown(other);
  }

  it('cannot be started, which the call says in time, and then can', async () => {
    const instance = await makeSlowDisk();
    await freeze();
    const started = failureOf(node().start(instance));
    await expectOthersServed();
    expect((await started).message).to.match(
      /Can't mount the chroot dir: .*no answer from \S+\/disk within 1 s, and SIGKILL has not/,
    );
    expect((await failureOf(node().start(instance))).message).to.match(
      /no answer from \S+\/disk: a helper that was given up waits for it still|slow\/disk is in use by/,
    );
    await expectOthersServed();
    await thaw();
    await eventually(
      async () =>
        (await node()
          .start(instance)
          .catch(() => 'not yet')) === null,
    );
    await node().shutdown(instance);
  });

  it('cannot be stopped, which the call says in time, and then can', async () => {
    const instance = await makeSlowDisk({ script: WRITING_SCRIPT });
    await node().start(instance);
    await run('sleep', ['0.5']);
    await freeze();
    await run('sleep', ['0.5']);
    const stopped = failureOf(node().shutdown(instance, 1));
    await expectOthersServed();
    expect((await stopped).message).to.match(
      /Can't stop the processes using the chroot; still there: \d+ \(/,
    );
    expect(await node().running()).to.include('inst1');
    await thaw();
    await node().shutdown(instance, 1);
  });

  it('is not called clean when nothing runs but the disk cannot be let go of', async () => {
    const instance = await makeSlowDisk();
    await node().start(instance);
    await run('touch', [join(node().root('inst1'), 'to be written')]);
    await freeze();
    const stopped = failureOf(node().shutdown(instance, 1));
    await expectOthersServed();
    expect((await stopped).message).to.match(
      /Can't umount the chroot dir: no answer from \S+\/inst1 within 1 s/,
    );
    await thaw();
    await node().shutdown(instance, 1);
  });
});
