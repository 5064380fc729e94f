import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { CommandError, Commands } from '../../../../src/system/command/command.js';
import type { CommandOptions } from '../../../../src/system/command/command-options.js';
import { sealInheritedDescriptors } from '../../../../src/system/command/descriptors.js';
import { launcherArgv, needsLauncher } from '../../../../src/system/command/launcher.js';
import { readIfExists } from '../../../../src/system/file/files.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { failureOf } from '../../storage/fixtures.js';

const commands = new Commands();

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
    const argv = launcherArgv(['echo', '$(reboot)', '--'], {
      timeoutMs: 1,
      log: { path: '/l', limitBytes: 5 },
      cgroupProcs: ['/c1', '/c2'],
    });
    expect(argv[4]).to.equal('/l');
    expect(argv.slice(-7)).to.deep.equal(['5', '/c1', '/c2', '--', 'echo', '$(reboot)', '--']);
  });
});

describe('Commands.run, with a log', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(directory, 'a log $(x)');
  });
  afterEach(() => rm(directory, { recursive: true }));

  function shell(script: string, options: Partial<CommandOptions> = {}, limitBytes = 1_000) {
    const log = { path, limitBytes };
    return commands.run(['sh', '-c', script], { timeoutMs: 10_000, log, ...options });
  }

  /** The keeper of the log may come later than the end of a program that succeeds. */
  async function logText(): Promise<string> {
    return (await readIfExists(path)) ?? '';
  }

  it('puts both streams there, and nothing into the result', async () => {
    const result = await shell('echo out; echo err >&2');
    expect(result).to.include({ stdout: '', stderr: '' });
    await eventually(async () => (await logText()) === 'out\nerr\n');
  });

  it('adds to what is there', async () => {
    await writeFile(path, 'before\n');
    await shell('echo after');
    await eventually(async () => (await logText()) === 'before\nafter\n');
  });

  it('has all that a failing program said when it reports the failure', async () => {
    const error = await failureOf(shell('echo last words; exit 4'));
    expect(error).to.be.instanceOf(CommandError).with.property('exitCode', 4);
    expect(await logText()).to.equal('last words\n');
  });

  it('has all that was said before the time limit', async () => {
    const error = await failureOf(shell('echo begun; sleep 60', { timeoutMs: 300 }));
    expect(error).to.have.property('timedOut', true);
    expect(await logText()).to.equal('begun\n');
  });

  it('cuts what is too much, and marks the cut', async () => {
    await shell("head -c 3000000 /dev/zero | tr '\\0' x");
    const expected = `${'x'.repeat(1_000)}\n[output cut here, at 1000 bytes]\n`;
    await eventually(async () => (await logText()) === expected);
  });

  it('does not mark output that just fits', async () => {
    await shell("head -c 1000 /dev/zero | tr '\\0' x");
    await eventually(async () => (await logText()) === 'x'.repeat(1_000));
  });

  it('returns while a daemon keeps its output open, and goes on logging that', async () => {
    const begin = performance.now();
    await shell(
      `echo started; (while [ ! -e ${directory}/go ]; do sleep 0.02; done; echo later) &`,
    );
    expect(performance.now() - begin).to.be.below(3_000);
    await writeFile(join(directory, 'go'), '');
    await eventually(async () => (await logText()) === 'started\nlater\n');
  });

  it('never blocks nor breaks a daemon that says too much', async () => {
    await shell(`(head -c 300000 /dev/zero; echo $? >${directory}/end) &`);
    await eventually(() =>
      readFile(join(directory, 'end'), 'utf8').then(
        (code) => code === '0\n',
        () => false,
      ),
    );
  });

  it('leaves the program no descriptor but the standard ones', async () => {
    sealInheritedDescriptors();
    await failureOf(shell('ls /proc/self/fd; exit 1'));
    // The last one is that of the directory itself.
    expect(await logText()).to.equal('0\n1\n2\n3\n');
  });

  it('gives the program the usual limit of open files, not that which Node.js has made of it', async () => {
    await failureOf(shell('ulimit -Sn; ulimit -Hn; exit 1'));
    const hard = await hardFileLimit();
    expect(await logText()).to.equal(`${Math.min(1024, hard)}\n${hard}\n`);
  });

  it('leaves a limit of open files that is lower than usual', async () => {
    const log = { path, limitBytes: 1_000 };
    const launcher = launcherArgv(['sh', '-c', 'ulimit -Sn; exit 1'], { timeoutMs: 1, log });
    const argv = ['sh', '-c', 'ulimit -n 512 && exec "$@"', 'sh', ...launcher] as const;
    await failureOf(commands.run([...argv], { timeoutMs: 10_000 }));
    await eventually(async () => (await logText()) === '512\n');
  });

  it('tells that there is no such program', async () => {
    const log = { path, limitBytes: 1_000 };
    const running = commands.run(['/no/such/program'], { timeoutMs: 10_000, log });
    expect(await failureOf(running)).to.have.property('exitCode', 127);
    expect(await logText()).to.match(/No such file or directory/);
  });
});

/** Of this process: what Node.js has raised the soft limit to. */
async function hardFileLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return Number(/^Max open files +\d+ +(\d+)/m.exec(limits)?.[1]);
}

describe('Commands.run, with control groups', () => {
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
