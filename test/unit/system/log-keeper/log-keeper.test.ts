import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ignoringNow } from '../../../../src/base/errno.js';
import { CommandError, Commands } from '../../../../src/system/command/command.js';
import type { CommandOptions } from '../../../../src/system/command/command-options.js';
import { sealInheritedDescriptors } from '../../../../src/system/command/descriptors.js';
import { launcherArgv } from '../../../../src/system/command/launcher.js';
import { readIfExists } from '../../../../src/system/file/files.js';
import { makePipe } from '../../../../src/system/kernel/syscalls.js';
import { LogKeeper, LogPipeError } from '../../../../src/system/log-keeper/log-keeper.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { failureOf } from '../../storage/fixtures.js';

const KEEPER = fileURLToPath(
  new URL('../../../../src/system/log-keeper/log-keeper-main.js', import.meta.url),
);

describe('Commands.run, with a log', () => {
  let directory: string;
  let path: string;
  let keeper: LogKeeper;
  let commands: Commands;
  let troubles: string[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(directory, 'a log $(x)');
    troubles = [];
    keeper = newKeeper();
    commands = new Commands({ logs: keeper });
  });
  afterEach(async () => {
    await keeper.close();
    await eventually(() => keeperPids(directory).length === 0);
    await rm(directory, { recursive: true });
  });

  function newKeeper(): LogKeeper {
    return new LogKeeper({
      directory: join(directory, 'pipes'),
      onTrouble: (reason) => troubles.push(reason),
    });
  }

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
    const launcher = launcherArgv(['sh', '-c', 'ulimit -Sn'], {});
    const argv = ['sh', '-c', 'ulimit -n 512 && exec "$@"', 'sh', ...launcher] as const;
    expect((await commands.run([...argv], { timeoutMs: 10_000 })).stdout).to.equal('512\n');
  });

  it('tells that there is no such program', async () => {
    const log = { path, limitBytes: 1_000 };
    const running = commands.run(['/no/such/program'], { timeoutMs: 10_000, log });
    expect(await failureOf(running)).to.have.property('exitCode', 127);
    expect(await logText()).to.match(/No such file or directory/);
  });

  it('takes the output of a program whose first keeper was killed, and loses nothing', async () => {
    const go = (name: string) => `while [ ! -e ${directory}/${name} ]; do sleep 0.02; done`;
    await shell(`echo 1; (${go('second')}; echo 2; ${go('third')}; echo 3) &`);
    await eventually(async () => (await logText()) === '1\n');
    const [pid] = keeperPids(directory);
    process.kill(pid ?? 0, 'SIGKILL');
    await writeFile(join(directory, 'second'), '');
    await eventually(async () => (await logText()) === '1\n2\n');
    expect(keeperPids(directory)).not.to.include(pid);
    await writeFile(join(directory, 'third'), '');
    await eventually(async () => (await logText()) === '1\n2\n3\n');
    expect(troubles).to.deep.equal([]);
  });

  it('takes it as well when the first keeper was killed before anybody reached it', async () => {
    const running = shell('echo 1');
    let pid: number | undefined;
    while (pid === undefined) {
      await setImmediate();
      // On a busy machine it may be further by the time that we look again.
      [pid] = [...startingKeepers(directory), ...keeperPids(directory)];
    }
    process.kill(pid, 'SIGKILL');
    await running;
    await eventually(async () => (await logText()) === '1\n');
    expect(troubles).to.deep.equal([]);
  });

  it('goes on while nobody is connected, and serves the next who comes', async () => {
    await shell(`(while [ ! -e ${directory}/go ]; do sleep 0.02; done; echo later) &`);
    await keeper.close();
    const pids = keeperPids(directory);
    expect(pids).to.have.lengthOf(1);
    keeper = newKeeper();
    commands = new Commands({ logs: keeper });
    await failureOf(shell('echo next; exit 1'));
    expect(await logText()).to.equal('next\n');
    expect(keeperPids(directory)).to.deep.equal(pids);
    await writeFile(join(directory, 'go'), '');
    await eventually(async () => (await logText()) === 'next\nlater\n');
  });

  it('ends with the last of those who need it', async () => {
    await shell('true');
    await keeper.close();
    await eventually(() => keeperPids(directory).length === 0);
    expect(await readdir(join(directory, 'pipes'))).to.deep.equal([]);
  });

  it('takes pipes that were left by others who were killed', async () => {
    await mkdir(join(directory, 'pipes'));
    await writeFile(join(directory, 'pipes/old.json'), JSON.stringify({ path, limitBytes: 10 }));
    makePipe(join(directory, 'pipes/old.pipe'), 0o600);
    keeper.resume();
    await eventually(async () => (await readdir(join(directory, 'pipes'))).join() === 'socket');
    expect(await logText()).to.equal('');
  });

  it('is one, also where two are started', async () => {
    await shell(`echo begun; (while [ ! -e ${directory}/go ]; do sleep 0.02; done) &`);
    await eventually(async () => (await logText()) === 'begun\n');
    const pids = keeperPids(directory);
    expect(await endOfAnother()).to.equal(0);
    expect(keeperPids(directory)).to.deep.equal(pids);
    await writeFile(join(directory, 'go'), '');
  });

  it('ends soon when nobody comes who has started it', async () => {
    keeper.resume();
    expect(await endOfAnother()).to.equal(0);
    expect(await readdir(join(directory, 'pipes'))).to.deep.equal([]);
  });

  /** The exit status of a keeper that is started by hand. */
  async function endOfAnother(): Promise<unknown> {
    const child = spawn(process.execPath, [KEEPER, join(directory, 'pipes')], { stdio: 'inherit' });
    const [status] = (await once(child, 'exit')) as unknown[];
    return status;
  }

  it('says that a log can not be written, and lets the program end', async () => {
    path = join(directory, 'no/such/directory/log');
    await shell('echo lost');
    await eventually(() => troubles.length === 1);
    expect(troubles[0]).to.match(/No such file or directory/);
  });

  it('says that there can be no pipe, and starts nothing', async () => {
    await writeFile(join(directory, 'file'), '');
    const none = new LogKeeper({ directory: join(directory, 'file'), onTrouble: () => undefined });
    const running = new Commands({ logs: none }).run(['touch', path], {
      timeoutMs: 10_000,
      log: { path, limitBytes: 1_000 },
    });
    const error = await failureOf(running);
    expect(error).to.be.instanceOf(CommandError);
    expect(error.cause).to.be.instanceOf(LogPipeError);
    expect(error.message).to.match(/could not be started \(Can't make a pipe for the output: /);
    expect(await readIfExists(path)).to.be.undefined;
  });
});

const GONE = ['ENOENT', 'ESRCH'];

/** The keepers of pipes in this directory. */
function keeperPids(directory: string): number[] {
  return pidsOf((title) => title.startsWith(`noded-logs ${directory}/pipes`));
}

/** Those that have not given themselves a title yet. */
function startingKeepers(directory: string): number[] {
  return pidsOf((commandLine) => commandLine.includes(`${KEEPER}\0${directory}/pipes`));
}

function pidsOf(isMeant: (commandLine: string) => boolean): number[] {
  const pids = readdirSync('/proc').map(Number);
  return pids.filter((pid) => {
    if (!(pid > 0)) return false;
    return isMeant(ignoringNow(GONE, () => readFileSync(`/proc/${pid}/cmdline`, 'latin1')) ?? '');
  });
}

/** Of this process: what Node.js has raised the soft limit to. */
async function hardFileLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return Number(/^Max open files +\d+ +(\d+)/m.exec(limits)?.[1]);
}
