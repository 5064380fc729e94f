import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { CommandError, Commands } from '../../../../src/system/command/command.js';
import type { CommandOptions } from '../../../../src/system/command/command-options.js';
import { sealInheritedDescriptors } from '../../../../src/system/command/descriptors.js';
import { eventually } from '../../../../tools/kit/eventually.js';

const commands = new Commands();

/** Runs a shell script, as a program of its own. */
function shell(script: string, options: Partial<CommandOptions> = {}, args: string[] = []) {
  return commands.run(['sh', '-c', script, ...args], { timeoutMs: 10_000, ...options });
}

/** Takes descriptors until a program can't be started, gives them back, and says how each attempt ended. */
const STARVING = `
  import { closeSync, openSync } from 'node:fs';
  import { Commands, loadExeca } from '${import.meta.resolve('../../../../src/system/command/command.js')}';
  const attempt = () =>
    new Commands().run(['true'], { timeoutMs: 10_000 }).then(() => 'done', ({ message }) => message);
  await loadExeca();
  const ends = [await attempt()];
  const held = [];
  while (ends.at(-1) === 'done') {
    held.push(openSync('/dev/null'));
    ends.push(await attempt());
  }
  for (const fd of held) closeSync(fd);
  console.log(JSON.stringify([...ends.slice(-2), await attempt()]));
`;

async function failure(work: Promise<unknown>): Promise<CommandError> {
  try {
    await work;
  } catch (error) {
    expect(error).to.be.instanceOf(CommandError);
    return error as CommandError;
  }
  throw new Error('it did not fail');
}

/** Whether there is such a process, and it is not only waiting to be collected. */
async function isAlive(pid: string): Promise<boolean> {
  try {
    return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('Commands.run', () => {
  it('gives what the program said, both streams', async () => {
    const result = await shell('echo out; echo err >&2');
    expect(result).to.deep.equal({
      argv: ['sh', '-c', 'echo out; echo err >&2'],
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('hands arguments over as they are: no shell reads them', async () => {
    const { stdout } = await commands.run(['echo', '$HOME', '*', 'a  b', '; ls'], {
      timeoutMs: 10_000,
    });
    expect(stdout).to.equal('$HOME * a  b ; ls\n');
  });

  it('runs in the directory that it is told', async () => {
    expect((await shell('pwd', { cwd: '/usr' })).stdout).to.equal('/usr\n');
  });

  it('gives standard input nothing', async () => {
    expect((await shell('cat; echo end')).stdout).to.equal('end\n');
  });

  it('gives standard input what it is told, and then its end', async () => {
    const input = 'x'.repeat(1_000_000);
    expect((await shell('wc -c', { input })).stdout.trim()).to.equal('1000000');
    expect((await shell('cat; echo end', { input: '' })).stdout).to.equal('end\n');
  });

  it('does not mind that the program does not read it', async () => {
    expect((await shell('echo end', { input: 'x'.repeat(1_000_000) })).stdout).to.equal('end\n');
  });
});

describe('Commands.run, when the program fails', () => {
  it('tells exit code and output', async () => {
    const error = await failure(shell('echo out; echo err >&2; exit 3'));
    expect(error).to.include({
      exitCode: 3,
      signal: undefined,
      timedOut: false,
      stdout: 'out\n',
      stderr: 'err\n',
      failReason: 'exited with exit code 3',
      message: 'sh exited with exit code 3',
      output: 'out\nerr',
    });
    expect(error.argv).to.deep.equal(['sh', '-c', 'echo out; echo err >&2; exit 3']);
  });

  it('tells the signal that ended it', async () => {
    const error = await failure(shell('kill -SEGV $$'));
    expect(error).to.include({ exitCode: undefined, signal: 'SIGSEGV' });
    expect(error.failReason).to.equal('terminated by signal SIGSEGV');
  });

  it('says how it ended where it said nothing itself', async () => {
    expect((await failure(shell('exit 3'))).output).to.equal('exited with exit code 3');
  });

  it('tells that there is no such program', async () => {
    const error = await failure(commands.run(['/no/such/program'], { timeoutMs: 10_000 }));
    expect(error).to.include({ exitCode: undefined, timedOut: false });
    expect(error.failReason).to.match(/^could not be started \(.*ENOENT/);
  });

  it('tells that no program can be given such an argument', async () => {
    const error = await failure(commands.run(['true', 'a\0b'], { timeoutMs: 10_000 }));
    expect(error).to.include({ exitCode: undefined, timedOut: false });
    expect(error.failReason).to.match(/^could not be started \(.*null bytes/);
  });

  it('tells that there is no such directory to run it in', async () => {
    const error = await failure(shell('true', { cwd: '/no/such/directory' }));
    expect(error.failReason).to.match(/^could not be started \(/);
  });

  it('tells that there are no descriptors for its pipes, and goes on when there are', async () => {
    // Node.js itself opens many files at once to load a module.
    const starter = 'ulimit -n 256; exec "$@"';
    const node = [process.execPath, '--input-type=module', '--eval', STARVING];
    const { stdout } = await shell(starter, {}, ['starter', ...node]);
    expect(JSON.parse(stdout)).to.deep.equal([
      'done',
      'true could not be started (spawn true EMFILE)',
      'done',
    ]);
  });

  it('reports 1,000 failures of 1,000 that fail at once', async () => {
    const failures = Array.from({ length: 1_000 }, () =>
      failure(commands.run(['false'], { timeoutMs: 60_000 })),
    );
    for (const { exitCode } of await Promise.all(failures)) expect(exitCode).to.equal(1);
  }).timeout(60_000);
});

describe('Commands.run, its time limit', () => {
  it('kills the program and what it has started', async () => {
    const begin = performance.now();
    const error = await failure(shell('sleep 60 & echo $!; sleep 60', { timeoutMs: 200 }));
    expect(error).to.include({ timedOut: true, failReason: 'timed out after 0.2 s' });
    expect(performance.now() - begin).to.be.within(190, 5_000);
    const child = error.stdout.trim();
    expect(child).to.match(/^\d+$/);
    await eventually(async () => !(await isAlive(child)));
  });

  it('ends a program that ignores every signal that it can', async () => {
    const script = "trap '' TERM INT HUP; while :; do sleep 1; done";
    expect(await failure(shell(script, { timeoutMs: 200 }))).to.include({ timedOut: true });
  });

  it('does not count against a program that ends in time', async () => {
    const { stdout } = await shell('echo done', { timeoutMs: 60_000 });
    expect(stdout).to.equal('done\n');
  });
});

describe('Commands.run, when a daemon keeps the pipes open', () => {
  it('returns when the program ends, with what was said until then', async () => {
    const begin = performance.now();
    const { stdout } = await shell('echo started; sleep 5 & echo $! >&2', { timeoutMs: 4_000 });
    expect(performance.now() - begin).to.be.below(3_000);
    expect(stdout).to.equal('started\n');
  });

  it('lets the daemon live', async () => {
    const { stderr } = await shell('sleep 60 & echo $! >&2');
    const daemon = Number(stderr);
    expect(await isAlive(String(daemon))).to.be.true;
    process.kill(daemon, 'SIGKILL');
  });

  it('fails all the same when the program fails', async () => {
    const error = await failure(shell('sleep 5 & echo broken >&2; exit 7'));
    expect(error).to.include({ exitCode: 7, output: 'broken' });
  });
});

describe('Commands.run, what the program gets of us', () => {
  // As the daemon does when it starts: whoever runs the tests may have left something open.
  before(sealInheritedDescriptors);

  it('is a clean environment', async () => {
    process.env['CHROOT_NODED_SECRET'] = 'secret';
    try {
      const { stdout } = await commands.run(['env'], { timeoutMs: 10_000, env: { HOME: '/' } });
      expect(stdout.trim().split('\n')).to.have.members([
        'HOME=/',
        'LC_ALL=C',
        'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
      ]);
    } finally {
      delete process.env['CHROOT_NODED_SECRET'];
    }
  });

  it('is no descriptor but the standard ones', async () => {
    const { stdout } = await commands.run(['ls', '/proc/self/fd'], { timeoutMs: 10_000 });
    // The last one is that of the directory itself.
    expect(stdout).to.equal('0\n1\n2\n3\n');
  });

  it('is no place of ours among those that the kernel ends when memory is short', async () => {
    const file = '/proc/self/oom_score_adj';
    const before = await readFile(file, 'utf8');
    await writeFile(file, '300');
    try {
      const { stdout } = await commands.run(['cat', file], { timeoutMs: 10_000 });
      expect(stdout).to.equal('0\n');
    } finally {
      await writeFile(file, before);
    }
  });

  it('is a session of its own', async () => {
    const { stdout } = await shell('cut -d " " -f 1,6 /proc/$$/stat');
    const [pid, session] = stdout.trim().split(' ');
    expect(session).to.equal(pid);
  });
});

describe('Commands.run, much output', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('keeps the first 64 KiB and lets the program go on to its end', async () => {
    const { stdout, stderr } = await shell(
      `head -c 5000000 /dev/zero | tr '\\0' x; touch ${directory}/done; echo end >&2`,
    );
    expect(stdout).to.equal('x'.repeat(64 * 1024));
    expect(stderr).to.equal('end\n');
    await readFile(join(directory, 'done'));
  });
});
