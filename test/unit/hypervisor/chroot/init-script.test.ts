import { appendFile, mkdir, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SYSTEM_CLOCK } from '../../../../src/base/clock.js';
import {
  InitScripts,
  ScriptError,
  type ScriptRun,
} from '../../../../src/hypervisor/chroot/init-script.js';
import { FakeChrootScripts } from '../../../support/fakes/fake-chroot-scripts.js';
import { FakeCommands, type ProgramEnd } from '../../../support/fakes/fake-commands.js';
import { failureOf } from '../../storage/fixtures.js';

describe('InitScripts.run', () => {
  let directory: string;
  let commands: FakeCommands;
  let scripts: InitScripts;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    commands = new FakeCommands();
    scripts = new InitScripts({
      scripts: new FakeChrootScripts(commands),
      logDir: join(directory, 'log'),
      clock: SYSTEM_CLOCK,
    });
  });
  afterEach(() => rm(directory, { recursive: true }));

  function run(verb: 'start' | 'stop' = 'start'): Promise<void> {
    return runWith({ verb });
  }

  async function runWith(changes: Partial<ScriptRun>): Promise<void> {
    const cgroupProcs = ['/cgroup/inst1/cgroup.procs'];
    const run = {
      instance: 'inst1',
      script: '/ganeti-chroot',
      verb: 'start',
      cgroupProcs,
    } as const;
    const script = await scripts.prepare({ ...run, ...changes });
    await script.run('/roots/inst1', 500);
  }

  /** Has the script say `text` and end like `end`. */
  function scriptSays(text: string, end: ProgramEnd): void {
    commands.end = async (_argv, { log }) => {
      await appendFile(log?.path ?? '', text);
      return end;
    };
  }

  async function logText(suffix = ''): Promise<string> {
    return readFile(`${scripts.logFile('inst1')}${suffix}`, 'utf8');
  }

  it('runs the script inside the root: clean, logged, limited, in its control group', async () => {
    await run();
    const path = scripts.logFile('inst1');
    expect(path).to.equal(join(directory, 'log/inst1.log'));
    expect(commands.runs).to.deep.equal([
      {
        argv: ['chroot', '/roots/inst1', '/ganeti-chroot', 'start'],
        options: {
          timeoutMs: 500,
          cgroupProcs: ['/cgroup/inst1/cgroup.procs'],
          env: { HOME: '/' },
          log: { path, limitBytes: 1024 * 1024 },
        },
      },
    ]);
  });

  it('begins a log that others cannot read for each life, and keeps the one before', async () => {
    scriptSays('first life\n', {});
    await run();
    scriptSays('second life\n', {});
    await run();
    expect(await logText('.1')).to.match(/^--- \S+Z \/ganeti-chroot start\nfirst life\n$/);
    expect(await logText()).to.match(/^--- \S+Z \/ganeti-chroot start\nsecond life\n$/);
    expect((await stat(scripts.logFile('inst1'))).mode & 0o007).to.equal(0);
  });

  it('adds to the log when it stops', async () => {
    scriptSays('started\n', {});
    await run('start');
    scriptSays('stopped\n', {});
    await run('stop');
    expect(await logText()).to.match(/start\nstarted\n--- \S+ \/ganeti-chroot stop\nstopped\n$/);
  });

  it('fails with what this run of the script said', async () => {
    scriptSays('of the start\n', {});
    await run();
    scriptSays('no such service\n', { exitCode: 3 });
    const error = await failureOf(run('stop'));
    expect(error).to.be.instanceOf(ScriptError);
    expect(error.message).to.equal('no such service');
  });

  it('fails with how it ended when it said nothing', async () => {
    commands.end = () => ({ exitCode: 3 });
    expect((await failureOf(run())).message).to.equal('exited with exit code 3');
    commands.end = () => ({ signal: 'SIGSEGV' });
    expect((await failureOf(run())).message).to.equal('terminated by signal SIGSEGV');
  });

  it('says so when the time was over', async () => {
    scriptSays('waiting\n', { timedOut: true });
    const error = await failureOf(run());
    expect(error.message).to.equal('timed out after 0.5 s; it said: waiting');
  });

  it('tells the end only of much output, and no control characters', async () => {
    scriptSays(`${'x'.repeat(100_000)}\x1b[2J\r\nthe end\n`, { exitCode: 1 });
    const { message } = await failureOf(run());
    expect(message).to.match(/^x+\\x1b\[2J\\x0d\nthe end$/);
    expect(message.length).to.be.within(2_000, 2_100);
  });

  it('does not run it without a log', async () => {
    await mkdir(scripts.logFile('inst1'), { recursive: true });
    const error = await failureOf(run('stop'));
    expect(error).to.be.instanceOf(ScriptError);
    expect(error.message).to.equal(
      `Can't write the log ${scripts.logFile('inst1')}: Illegal operation on a directory`,
    );
    expect(commands.runs).to.deep.equal([]);
  });

  it('does not mind a log that is cut short meanwhile', async () => {
    commands.end = async (_argv, { log }) => {
      await truncate(log?.path ?? '');
      return { exitCode: 1 };
    };
    expect((await failureOf(run())).message).to.equal('exited with exit code 1');
  });

  it('passes on what is no failure of the script', async () => {
    commands.end = () => {
      throw new TypeError('a mistake of ours');
    };
    expect(await failureOf(run())).to.be.instanceOf(TypeError);
  });
});
