import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  lastingPid,
  signalLasting,
  startLasting,
  stopLasting,
} from '../../../../src/system/command/detached-program.js';
import { DirectLogs } from '../../../support/fakes/direct-logs.js';
import { failureOf } from '../../storage/fixtures.js';

describe('startLasting', () => {
  const logs = new DirectLogs();
  let root: string;
  let pidFile: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    pidFile = join(root, 'pid');
  });
  afterEach(async () => {
    await stopLasting(pidFile, 0);
    await rm(root, { recursive: true });
  });

  async function start(script: string): Promise<number> {
    const program = join(root, 'program');
    await writeFile(program, `#!/bin/bash\n${script}\n`, { mode: 0o755 });
    const log = { path: join(root, 'log'), limitBytes: 1000 };
    await startLasting(logs, { argv: [program], env: { A: 'b' }, log, pidFile });
    return (await lastingPid(pidFile)) ?? 0;
  }

  async function logEndingIn(end: string): Promise<string> {
    for (let attempt = 0; attempt < 250; attempt++) {
      if (
        existsSync(join(root, 'log')) &&
        (await readFile(join(root, 'log'), 'utf8')).endsWith(end)
      )
        break;
      await delay(20);
    }
    return readFile(join(root, 'log'), 'utf8');
  }

  it('leaves a program running whose number is in the locked file', async () => {
    const pid = await start('exec sleep 100');
    expect(await readFile(pidFile, 'utf8')).to.equal(`${pid}\n`);
    expect(existsSync(`/proc/${pid}`)).to.be.true;
    expect(await readlink(`/proc/${pid}/cwd`)).to.equal('/');
    // Fields 5 and 6, after the name in brackets: its group and session are its own.
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    expect(fields.slice(2, 4)).to.deep.equal([String(pid), String(pid)]);
  });

  it('writes both streams of output to the log', async () => {
    await start('echo "$A"; echo out >&2; exec sleep 100');
    expect(await logEndingIn('out\n')).to.equal('b\nout\n');
  });

  it('hands none of our open files to it', async () => {
    const secret = await open(join(root, 'secret'), 'w');
    await start('ls -l /proc/$$/fd; echo end; exec sleep 100');
    await secret.close();
    expect(await logEndingIn('end\n')).not.to.include('secret');
  });

  it('knows when it has ended, also when its children or the log go on', async () => {
    await start('sleep 5 3>&- & exit 0');
    for (let attempt = 0; attempt < 100 && (await lastingPid(pidFile)) !== undefined; attempt++)
      await delay(20);
    expect(await lastingPid(pidFile)).to.be.undefined;
    expect(await signalLasting(pidFile, 'SIGTERM')).to.be.false;
  });

  it('signals nobody when the number in the file is stale', async () => {
    await writeFile(pidFile, `${process.pid}\n`);
    expect(await signalLasting(pidFile, 'SIGKILL')).to.be.false;
  });

  it('kills one that does not listen', async () => {
    const pid = await start("trap '' TERM; echo ready; while :; do sleep 0.1; done");
    await logEndingIn('ready\n');
    await stopLasting(pidFile, 200);
    expect(existsSync(`/proc/${pid}`)).to.be.false;
  });

  it('fails for a program that is not there, and makes no file', async () => {
    const log = { path: join(root, 'log'), limitBytes: 10 };
    await failureOf(startLasting(logs, { argv: ['/no/such'], env: {}, log, pidFile }));
    expect(await stat(pidFile).catch(() => undefined)).to.be.undefined;
  });
});
