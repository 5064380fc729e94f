import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { readLayout } from '../../../../src/system/cgroup/layout.js';
import {
  type TrackingHierarchy,
  trackingHierarchy,
} from '../../../../src/system/cgroup/tracking.js';
import { Commands } from '../../../../src/system/command/command.js';
import { failureOf } from '../../storage/fixtures.js';
import { HYBRID, LEGACY, UNIFIED } from './cgroup-mountinfos.js';

function trackingIn(mountinfo: string): TrackingHierarchy {
  const tracking = trackingHierarchy(readLayout(mountinfo));
  if (tracking === undefined) throw new Error('no tracking');
  return tracking;
}

describe('trackingHierarchy', () => {
  it('is version 2 where there is one, also without controllers', () => {
    expect(trackingIn(UNIFIED).path).to.equal('/sys/fs/cgroup');
    expect(trackingIn(HYBRID).path).to.equal('/sys/fs/cgroup/unified');
  });

  it('is the freezer of version 1 else', () => {
    expect(trackingIn(LEGACY).path).to.equal('/sys/fs/cgroup/freezer');
  });

  it('is none without either', () => {
    const noFreezer = LEGACY.split('\n').filter((line) => !line.includes('freezer'));
    expect(trackingHierarchy(readLayout(noFreezer.join('\n')))).to.be.undefined;
    expect(trackingHierarchy(readLayout(''))).to.be.undefined;
  });
});

/** Directories that look like groups: the kernel does not act on them, so the tests do. */
let group: string;
beforeEach(async () => {
  group = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
});
afterEach(() => rm(group, { recursive: true }));

function write(file: string, text: string): Promise<void> {
  return writeFile(join(group, file), text);
}

describe('TrackingHierarchy.isPopulated', () => {
  it('is what version 2 says of the group and those below it', async () => {
    const tracking = trackingIn(UNIFIED);
    expect(await tracking.isPopulated(group)).to.be.false;
    await write('cgroup.events', 'populated 0\nfrozen 1\n');
    expect(await tracking.isPopulated(group)).to.be.false;
    await write('cgroup.events', 'populated 1\nfrozen 0\n');
    expect(await tracking.isPopulated(group)).to.be.true;
    expect(await tracking.isPopulated(join(group, 'none'))).to.be.false;
  });

  it('is whether version 1 lists a process, also in a group below', async () => {
    const tracking = trackingIn(LEGACY);
    await write('cgroup.procs', '');
    expect(await tracking.isPopulated(group)).to.be.false;
    await write('cgroup.procs', '16\n17\n');
    expect(await tracking.isPopulated(group)).to.be.true;
    await write('cgroup.procs', '');
    await mkdir(join(group, 'below'));
    await write('below/cgroup.procs', '17\n');
    expect(await tracking.isPopulated(group)).to.be.true;
    expect(await tracking.isPopulated(join(group, 'none'))).to.be.false;
  });
});

describe('TrackingHierarchy.kill', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const started of children.splice(0)) started.kill('SIGKILL');
  });

  it('follows no link, and makes no file', async () => {
    const elsewhere = join(group, 'elsewhere');
    await writeFile(elsewhere, 'as it was');
    await symlink(elsewhere, join(group, 'cgroup.kill'));
    expect((await failureOf(trackingIn(UNIFIED).kill(group))).message).to.include('ELOOP');
    expect(await readFile(elsewhere, 'utf8')).to.equal('as it was');
    await rm(join(group, 'cgroup.kill'));
    await write('cgroup.procs', '');
    await trackingIn(UNIFIED).kill(group);
    expect((await readdir(group)).sort()).to.deep.equal(['cgroup.procs', 'elsewhere']);
  });

  async function child(): Promise<ChildProcess> {
    const started = spawn('sleep', ['60'], { stdio: 'ignore' });
    children.push(started);
    await once(started, 'spawn');
    return started;
  }

  /** Has the process be in the group until it ends, and then `next`. */
  async function add(member: ChildProcess, next?: ChildProcess): Promise<void> {
    await write('cgroup.procs', `${member.pid ?? 0}\n`);
    member.once('exit', () => void (next === undefined ? write('cgroup.procs', '') : add(next)));
  }

  it('is one write where version 2 can do that', async () => {
    await write('cgroup.kill', '');
    const member = await child();
    await add(member);
    await trackingIn(UNIFIED).kill(group);
    expect(await readFile(join(group, 'cgroup.kill'), 'utf8')).to.equal('1');
    expect(member.signalCode).to.be.null;
  });

  it('goes on until nobody is left who was being forked', async () => {
    const [parent, forked] = [await child(), await child()];
    await add(parent, forked);
    await trackingIn(LEGACY).kill(group);
    expect([parent.signalCode, forked.signalCode]).to.deep.equal(['SIGKILL', 'SIGKILL']);
  });

  it('freezes, kills each and thaws where version 2 cannot', async () => {
    // Before 5.14 there is no cgroup.kill.
    await write('cgroup.freeze', '');
    const member = await child();
    await add(member);
    await trackingIn(UNIFIED).kill(group);
    expect(member.signalCode).to.equal('SIGKILL');
    expect(await readFile(join(group, 'cgroup.freeze'), 'utf8')).to.equal('0');
  });

  it('freezes, kills each and thaws with version 1', async () => {
    await write('freezer.state', '');
    const member = await child();
    await add(member);
    await trackingIn(LEGACY).kill(group);
    expect(member.signalCode).to.equal('SIGKILL');
    expect(await readFile(join(group, 'freezer.state'), 'utf8')).to.equal('THAWED');
  });

  it('does not mind a process that is gone meanwhile', async () => {
    await write('cgroup.procs', `${2 ** 31 - 1}\n`);
    setTimeout(() => void write('cgroup.procs', ''), 30);
    await trackingIn(LEGACY).kill(group);
  });

  it('never takes 0, a process of another PID namespace, for our own process group', async () => {
    const module = import.meta.resolve('../../../../src/system/cgroup/tracking.js');
    const program = `
      import { trackingHierarchy } from '${module}';
      import { writeFileSync } from 'node:fs';
      const procs = '${group}/cgroup.procs';
      writeFileSync(procs, '0\\n');
      setTimeout(() => writeFileSync(procs, ''), 30);
      await trackingHierarchy({ legacy: new Map([['freezer', '/']]) }).kill('${group}');
      console.log('alive');
    `;
    const argv = [process.execPath, '--input-type=module', '--eval', program] as const;
    const { stdout } = await new Commands().run(argv, { timeoutMs: 30_000 });
    expect(stdout).to.equal('alive\n');
  });
});
