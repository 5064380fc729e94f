import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Commands } from '../../../../src/system/command/command.js';
import { launcherArgv, needsLauncher } from '../../../../src/system/command/launcher.js';
import { failureOf } from '../../storage/fixtures.js';

describe('needsLauncher', () => {
  it('is true for a log, or for control groups', () => {
    const log = { path: '/l', limitBytes: 1 };
    expect(needsLauncher({ timeoutMs: 1 })).to.be.false;
    expect(needsLauncher({ timeoutMs: 1, cgroupProcs: [] })).to.be.false;
    expect(needsLauncher({ timeoutMs: 1, log })).to.be.true;
    expect(needsLauncher({ timeoutMs: 1, cgroupProcs: ['/c'] })).to.be.true;
  });
});

describe('launcherArgv', () => {
  it('hands the command over as arguments, never as a part of a script', () => {
    const argv = launcherArgv(['echo', '$(reboot)', '--'], { cgroupProcs: ['/c1', '/c2'] });
    expect(argv.slice(4)).to.deep.equal(['/c1', '/c2', '--', 'echo', '$(reboot)', '--']);
  });
});

describe('Commands.run, with control groups', () => {
  const commands = new Commands();
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('joins each of them before the program runs', async () => {
    const cgroupProcs = [join(directory, 'one'), join(directory, 'two')];
    const { stdout } = await commands.run(['cat', ...cgroupProcs], {
      timeoutMs: 10_000,
      cgroupProcs,
    });
    expect(stdout).to.equal('0\n0\n');
  });

  it('does not run the program when it cannot join one', async () => {
    const mark = join(directory, 'ran');
    const cgroupProcs = [join(directory, 'no/such/group')];
    const running = commands.run(['touch', mark], { timeoutMs: 10_000, cgroupProcs });
    expect(await failureOf(running)).to.have.property('exitCode', 125);
    expect((await failureOf(readFile(mark))).message).to.include('ENOENT');
  });
});
