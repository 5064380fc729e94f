import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, it } from 'mocha';
import { ignoringNow } from '../../../src/base/errno.js';
import {
  type ChrootScript,
  ChrootScripts,
} from '../../../src/system/chroot-script/chroot-scripts.js';
import { CommandError } from '../../../src/system/command/command.js';
import { readIfExists } from '../../../src/system/file/files.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { failureOf } from '../../support/failure.js';
import { DirectLogs } from '../../support/fakes/direct-logs.js';
import { describeAsRoot } from '../../support/node/suite.js';

describeAsRoot('ChrootScripts', () => {
  const scripts = new ChrootScripts({ logs: new DirectLogs() });
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(directory, 'log');
  });
  afterEach(() => rm(directory, { recursive: true }));

  function prepare(script: string, changes: Partial<ChrootScript> = {}) {
    return scripts.prepare({
      argv: ['sh', '-c', script],
      env: { HOME: '/' },
      cgroupProcs: [join(directory, 'one'), join(directory, 'two')],
      log: { path, limitBytes: 1000 },
      ...changes,
    });
  }

  const logText = async () => (await readIfExists(path)) ?? '';

  it('joins the control groups at once, and waits until it is told where its root is', async () => {
    const script = prepare('ls /; readlink /proc/self/fd/0');
    await eventually(async () => (await readIfExists(join(directory, 'two'))) === '0\n');
    expect(await readFile(join(directory, 'one'), 'utf8')).to.equal('0\n');
    expect(await logText()).to.equal('');
    await script.run('/', 10_000);
    expect(await logText()).to.match(/^proc$[^]*^\/dev\/null$/m);
  });

  it('fails where there is no such root', async () => {
    const error = await failureOf(prepare('true').run(join(directory, 'no root'), 10_000));
    expect(error).to.have.property('exitCode', 125);
    expect(await logText()).to.match(/cannot change root directory to '.*no root'/);
  });

  it('fails as the script does, with what it said in the log', async () => {
    const error = await failureOf(prepare('echo no; exit 3').run('/', 10_000));
    expect(error).to.be.instanceOf(CommandError).with.property('exitCode', 3);
    expect(error.message).to.equal('chroot exited with exit code 3');
    expect(await logText()).to.equal('no\n');
  });

  it('does not run what could not join', async () => {
    const script = prepare('echo never', { cgroupProcs: [join(directory, 'no/such/group')] });
    expect(await failureOf(script.run('/', 10_000))).to.have.property('exitCode', 125);
    expect(await logText()).not.to.contain('never');
  });

  it('is killed with all that it started when its time is over', async () => {
    const error = await failureOf(prepare('sleep 4711.25 & sleep 4711.25').run('/', 300));
    expect(error).to.be.instanceOf(CommandError).with.property('timedOut', true);
    expect(error.message).to.equal('chroot timed out after 0.3 s');
    await eventually(() => processesWith('sleep 4711.25').length === 0);
  });

  it('is gone when it is not to run, and has said nothing', async () => {
    const script = prepare('echo never');
    await script.cancel();
    expect(processesWith(directory)).to.deep.equal([]);
    await script.cancel();
    expect(await logText()).to.equal('');
  });

  it('says that there can be no process', () => {
    const argv = ['sh', '-c', 'true', 'a\0b'] as const;
    expect(() => scripts.prepare({ argv, env: {}, cgroupProcs: [], log: undefined }))
      .to.throw(CommandError)
      .with.property('failReason')
      .that.matches(/^could not be started \(.*null byte/);
  });
});

/** Processes that have the words in their command line. */
function processesWith(words: string): number[] {
  const has = (pid: number) =>
    ignoringNow(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
      ?.replaceAll('\0', ' ')
      .includes(words);
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && has(pid) === true);
}
