import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, afterEach, it } from 'mocha';
import { eventually } from '../../../../tools/kit/eventually.js';
import { failureOf } from '../../../support/failure.js';
import { BrokenDirectories } from '../../../support/machine/broken-directories.js';
import { pidsHierarchy } from '../../../support/machine/pids-hierarchy.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const run = promisify(execFile);

/** Its stop script leaves a trace on the disk, so that a clean stop can be told. */
const CLEAN_SCRIPT = `#!/bin/sh
case $1 in
  start) sleep 100000 </dev/null >/dev/null 2>&1 & echo $! >/tmp/pid ;;
  stop) kill "$(cat /tmp/pid)"; echo stopped >>/stopped ;;
esac
`;

describeAsRoot('a daemon without room to write', () => {
  const directories = new BrokenDirectories();
  // Before those of the node, which looks for what is left.
  afterEach(() => directories.restore());
  const node = useNode();
  const inState = (directory: string) => join(node().stateDir, directory);

  const troubles: [what: string, make: (directory: string) => Promise<void>, words: RegExp][] = [
    ['full', (directory) => directories.fill(inState(directory)), /ENOSPC|no space left/i],
    ['read-only', (directory) => directories.makeReadOnly(inState(directory)), /EROFS|read-only/i],
  ];
  for (const [what, make, words] of troubles) {
    it(`still stops an instance cleanly when its log directory is ${what}, and says why it starts none`, async () => {
      const instance = await node().makeDisk('inst1', { script: CLEAN_SCRIPT });
      await node().start(instance);
      await make('log');
      await node().shutdown(instance);
      expect((await failureOf(node().start(instance))).message).to.match(words);
      await directories.restore();
      await node().start(instance);
      expect(await readFile(join(node().root('inst1'), 'stopped'), 'utf8')).to.equal('stopped\n');
      await node().shutdown(instance);
    });

    it(`leaves no half a file where its run directory is ${what}`, async () => {
      const instance = await node().makeDisk('inst1');
      const reason = join(node().stateDir, 'run/instance-reason/inst1');
      await node().start(instance);
      const before = await readFile(reason, 'utf8');
      await make('run/instance-reason');
      const long = Array.from({ length: 5000 }, () => ['gnt:client:gnt-instance', 'because', 1]);
      const error = await failureOf(node().call('instance_reboot', [instance, 'soft', 10, long]));
      expect(JSON.stringify(error)).to.match(words);
      expect(await readFile(reason, 'utf8')).to.equal(before);
      expect(
        (await readdir(join(reason, '..'))).filter((name) => name.endsWith('.new')),
      ).to.deep.equal([]);
      await directories.restore();
      await node().shutdown(instance);
    });

    it(`makes no part of a disk where there is no room (${what})`, async () => {
      const directory = join(node().stateDir, 'file-storage/inst9');
      await mkdir(directory, { recursive: true });
      await make('file-storage/inst9');
      const error = await failureOf(
        node().call('blockdev_create', [node().disk('inst9'), 8, 'inst9', true, '', false]),
      );
      expect(error.message).to.match(/disk0/);
      expect((await readdir(directory)).filter((name) => !name.startsWith('filler'))).to.deep.equal(
        [],
      );
    });
  }
});

describeAsRoot('a daemon that may open few files', () => {
  const sockets: Socket[] = [];
  const node = useNode();
  const descriptors = () => readdirSync(`/proc/${node().pid}/fd`).length;

  /** As many as it has open, and a few more. */
  async function limitFiles(): Promise<number> {
    const limit = descriptors() + 12;
    await run('prlimit', [`--pid=${node().pid}`, `--nofile=${limit}:`]);
    return limit;
  }

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  it('goes on when others keep all of them open, and does what it is asked afterwards', async () => {
    const instance = await node().makeDisk('inst1');
    await node().start(instance);
    const limit = await limitFiles();
    for (let index = 0; index < 100; index++) {
      const socket = connect(node().socket);
      socket.on('error', () => undefined);
      sockets.push(socket);
    }
    await eventually(() => descriptors() >= limit - 3);
    const results = await Promise.allSettled([
      node().running(),
      node().shutdown(instance),
      node().start(instance),
    ]);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).to.be.an('error');
    for (const socket of sockets.splice(0)) socket.destroy();
    await eventually(() => descriptors() < limit - 8);
    expect(node().isDaemonRunning).to.equal(true);
    await node().start(instance);
    expect(await node().running()).to.deep.equal(['inst1']);
    await node().shutdown(instance);
  });

  it('fails calls that it has no files for, each with a reason, and leaves nothing behind', async () => {
    const instances = await node().crowd(30);
    await limitFiles();
    const results = await Promise.allSettled(instances.map((instance) => node().start(instance)));
    for (const result of results)
      if (result.status === 'rejected') expect(String(result.reason)).to.match(/\w/);
    for (const instance of instances)
      await eventually(
        async () =>
          (await node()
            .shutdown(instance, 1)
            .catch(() => 'again')) === null,
      );
    expect(node().leftovers()).to.deep.equal([]);
    expect(node().isDaemonRunning).to.equal(true);
  });
});

describeAsRoot('a daemon that may start few processes', () => {
  const { root, enable } = pidsHierarchy();
  const group = join(root, 'noded-few');
  const wrapper = [
    'sh',
    '-c',
    `${enable} && mkdir -p ${group} && echo max >${group}/pids.max && echo 0 >${group}/cgroup.procs && exec "$@"`,
    'sh',
  ];
  const node = useNode({}, () => ({ wrapper }));
  after(() => rmdir(group));

  it('says so, loses nothing, and goes on when it may start more', async () => {
    const instance = await node().makeDisk('inst1');
    const other = await node().makeDisk('inst2');
    await node().start(instance);
    await writeFile(join(group, 'pids.max'), '1');
    const error = await failureOf(node().start(other));
    expect(error.message).to.match(/start script: could not be started \(.*EAGAIN/);
    // The helper that is there unmounts it, though its script can't be run.
    await node().shutdown(instance, 1);
    expect(node().log.map(({ message }) => message)).to.include('chroot stop script failed');
    expect(node().leftovers()).to.deep.equal([]);
    await writeFile(join(group, 'pids.max'), 'max');
    await node().start(other);
    await node().shutdown(other);
  });
});

describeAsRoot('after many lives of instances', () => {
  const node = useNode();

  it('the daemon holds no more than before', async function () {
    this.timeout(300_000);
    const instances = await node().crowd(8);
    const liveAll = async (rounds: number) => {
      await Promise.all(
        instances.map(async (instance) => {
          for (let round = 0; round < rounds; round++) {
            await node().start(instance);
            await node().shutdown(instance, round % 2 === 0 ? 10 : 0);
          }
        }),
      );
    };
    // Until the heap has grown to what it needs.
    await liveAll(15);
    await node().call('test_delay', [0.2]);
    const before = held(node().pid);
    await liveAll(15);
    // The last connections may take a moment to be gone.
    await eventually(() => held(node().pid).files.length <= before.files.length);
    const after = held(node().pid);
    // There may be fewer: connections of before that have ended since.
    expect(before.files).to.include.members(after.files);
    expect(after.memoryMiB - before.memoryMiB).to.be.below(40);
    expect(after.threads).to.be.most(before.threads);
    expect(node().leftovers()).to.deep.equal([]);
  });
});

/** What a process holds of the machine; sockets and pipes without their numbers. */
function held(pid: number) {
  const links = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/\[\d+\]/, '')];
    } catch {
      return [];
    }
  });
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { files: links, memoryMiB: number('VmRSS') / 1024, threads: number('Threads') };
}
