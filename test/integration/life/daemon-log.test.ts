import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, afterEach, before, it } from 'mocha';
import { eventually } from '../../../tools/kit/eventually.js';
import { failureOf } from '../../support/failure.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';

const run = promisify(execFile);

describeAsRoot("the daemon's log file", () => {
  const node = useNode({}, () => ({ hasSsl: true }));
  const text = () => readFile(join(node().stateDir, 'log/node-daemon.log'), 'utf8');
  const linesAbout = async (word: string) =>
    (await text()).split('\n').filter((line) => line.includes(word));

  it('has the line of a call when the call is answered', async () => {
    for (let count = 1; count <= 50; count++) {
      await failureOf(node().call(`no_such_call_${count}`, []));
      expect(await linesAbout(`no_such_call_${count}"`)).to.have.length(1);
    }
  });

  it('has a refusal when the connection is closed', async () => {
    const { port } = node().plain('/');
    for (let count = 1; count <= 5; count++) {
      const stranger = connect({
        host: '127.0.0.1',
        port: Number(port),
        rejectUnauthorized: false,
      });
      // A connection that is closed like this may also end with an error.
      stranger.on('error', () => undefined);
      stranger.resume();
      await once(stranger, 'close');
      stranger.destroy();
      expect(await linesAbout('peer refused')).to.have.length(count);
    }
  });

  it('has everything that was logged before a SIGKILL', async () => {
    for (let count = 1; count <= 10; count++) {
      await failureOf(node().call(`last_call_${count}`, []));
      await node().stopDaemon('SIGKILL');
      expect(await linesAbout(`last_call_${count}"`)).to.have.length(1);
      await node().startDaemon();
      expect((await linesAbout('node daemon started')).length).to.be.greaterThan(count);
    }
  });
});

/** The log has a file system of its own, on an image that is small and can be frozen. */
describeAsRoot('a disk for logs', () => {
  let directory = '';
  const disk = () => join(directory, 'disk');
  const node = useNode();

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'noded-log-disk-'));
    const image = join(directory, 'image');
    await run('truncate', ['--size', '4M', image]);
    await run('mkfs.ext4', ['-q', '-O', '^has_journal', '-m', '0', image]);
    await run('mkdir', [disk()]);
    await run('mount', ['-o', 'loop', image, disk()]);
    await moveLog();
  });
  afterEach(() => run('fsfreeze', ['--unfreeze', disk()]).catch(() => undefined));
  after(async () => {
    await run('umount', ['--lazy', disk()]);
    await rm(directory, { recursive: true });
  });

  const logFile = () => join(disk(), 'log');

  /** From now on the daemon logs to the disk. */
  async function moveLog(): Promise<void> {
    const path = join(node().stateDir, 'log/node-daemon.log');
    await run('ln', ['-sfn', logFile(), path]);
    process.kill(node().pid, 'SIGHUP');
    await eventually(async () =>
      (await readFile(logFile(), 'utf8').catch(() => '')).includes('reopened'),
    );
  }

  const linesLost = async () =>
    (await readFile(logFile(), 'utf8')).split('log lines lost').length - 1;

  /** Calls whose log lines come to more than may wait in memory. */
  async function callOften(): Promise<void> {
    for (let count = 0; count < 4_000; count++)
      await failureOf(node().call(`${'x'.repeat(250)}${count}`, []));
  }

  for (const [what, begin, end] of [
    [
      'hangs',
      () => run('fsfreeze', ['--freeze', disk()]),
      () => run('fsfreeze', ['--unfreeze', disk()]),
    ],
    [
      'is full',
      () => run('sh', ['-c', `cat /dev/zero >${join(disk(), 'filler')} || true`]),
      () => run('rm', [join(disk(), 'filler')]),
    ],
  ] as const)
    it(`that ${what} neither stops the daemon nor fills its memory, and has lines again afterwards`, async () => {
      const before = await linesLost();
      await begin();
      await callOften();
      await end();
      await eventually(async () => {
        await node().call('version', []);
        return (await linesLost()) > before;
      });
      await node().call('version', []);
      expect((await readFile(logFile(), 'utf8')).trimEnd().split('\n').at(-1)).to.include(
        'version',
      );
    });
});
