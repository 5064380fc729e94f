import { appendFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../src/base/errors.js';
import type { Instance } from '../../../src/generated/objects.js';
import { installOs, type OsScriptsParts, renameOs } from '../../../src/os/scripts.js';
import { FileDisks } from '../../../src/storage/file/disk.js';
import {
  CommandError,
  type CommandResult,
  type CommandRunner,
} from '../../../src/system/command/command.js';
import type { CommandOptions } from '../../../src/system/command/command-options.js';
import type { AttachedLoop, LoopOver } from '../../../src/system/device/loop-devices.js';
import { FakeDisks } from '../../support/fakes/fake-disks.js';
import { type LogLine, recordingLogger } from '../rpc/fakes.js';
import {
  failureOf,
  fileDisk,
  instanceWith,
  NO_USERS,
  StorageFixture,
} from '../storage/fixtures.js';
import { makeOs } from './fixtures.js';

/** Runs nothing: keeps what it was asked, and may write to the log and fail. */
class FakeCommands implements CommandRunner {
  readonly asked: { argv: readonly string[]; options: CommandOptions }[] = [];
  output = '';
  exitCode = 0;
  whileRunning: () => void = () => undefined;

  async run(argv: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult> {
    this.asked.push({ argv, options });
    this.whileRunning();
    const result = { argv, stdout: '', stderr: '' };
    if (options.log !== undefined) await appendFile(options.log.path, this.output);
    const end = { exitCode: this.exitCode, signal: undefined, timedOut: false, cause: undefined };
    if (this.exitCode !== 0) throw new CommandError(result, end, options.timeoutMs);
    return result;
  }
}

describe('Scripts of OS definitions', () => {
  let fixture: StorageFixture;
  let commands: FakeCommands;
  let scripts: OsScriptsParts;
  let os: string;
  let logs: string;
  let instance: Instance;
  let loops: LoopOver[];
  let logged: LogLine[];
  const detach = ({ path }: AttachedLoop) => Promise.resolve(path !== '/dev/loop3');
  beforeEach(async () => {
    loops = [];
    const recorder = recordingLogger();
    logged = recorder.lines;
    const { logger } = recorder;
    fixture = await StorageFixture.create();
    commands = new FakeCommands();
    os = join(fixture.root, 'definitions', 'busybox');
    logs = join(fixture.root, 'log');
    await makeOs(os);
    scripts = {
      osSearchPath: [join(fixture.root, 'definitions')],
      blockDevices: fixture.blockDevices(),
      confined: commands,
      logDir: logs,
      clock: { wallTime: () => new Date(2026, 0, 2, 3, 4, 5) },
      timeoutsMs: { osScript: 1234 },
      diskUsers: { loopsOver: () => Promise.resolve([...loops]), detach },
      missingMountRight: () => undefined,
      logger,
    };
    const disk = fileDisk(fixture.diskPath());
    instance = instanceWith([disk], { osparams_private: { password: 'secret' } });
    await new FileDisks({ disks: new FakeDisks(), paths: fixture.paths, users: NO_USERS }).create(
      disk,
      1,
      false,
    );
  });
  afterEach(() => fixture.remove());

  it('detaches loop devices that the script has left over its disks, and says so', async () => {
    const file = fixture.diskPath();
    const loop = (number: number) => ({
      path: `/dev/loop${number}`,
      sequence: String(number),
      label: '',
      disk: { path: file, identity: 'file 8:1 1' },
    });
    const left = (number: number) => ({ path: `/dev/loop${number}`, file });
    loops = [loop(1)];
    commands.whileRunning = () => void loops.push(loop(2), loop(3));
    await installOs(scripts, instance, false, 0);
    expect(commands.asked[0]?.options.hasOwnMounts).to.equal(true);
    const message = { level: 'warn', message: 'an OS script has left a loop device' };
    expect(logged).to.deep.equal([
      { instance: 'inst1.lab.test', ...left(2), isGone: true, ...message },
      { instance: 'inst1.lab.test', ...left(3), isGone: false, ...message },
    ]);
    loops = [];
    commands.exitCode = 5;
    await failureOf(installOs(scripts, instance, false, 0));
    expect(logged).to.have.lengthOf(4);
  });

  it('runs the create script in its directory, with a log and a time limit', async () => {
    await installOs(scripts, instance, false, 1);
    const path = join(logs, 'os', 'add-busybox+default-inst1.lab.test-2026-01-02_03_04_05.log');
    expect(commands.asked).to.have.lengthOf(1);
    const [{ argv, options } = { argv: [], options: undefined }] = commands.asked;
    expect(argv).to.deep.equal([join(os, 'create')]);
    expect(options).to.deep.include({
      cwd: os,
      timeoutMs: 1234,
      log: { path, limitBytes: 1024 * 1024 },
    });
    expect(options?.env).to.include({
      DISK_0_PATH: fixture.diskPath(),
      DEBUG_LEVEL: '1',
      OSP_PASSWORD: 'secret',
    });
    expect(options?.env).not.to.have.property('INSTANCE_REINSTALL');
  });

  it('tells the script that it is a reinstallation', async () => {
    await installOs(scripts, instance, true, 0);
    expect(commands.asked[0]?.options.env).to.include({ INSTANCE_REINSTALL: '1' });
  });

  it('answers with the last lines of the log, made harmless, when the script fails', async () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${String(index)}`);
    commands.output = `${lines.join('\n')}\n\u001b[2Jgone\r\n`;
    commands.exitCode = 3;
    const error = await failureOf(installOs(scripts, instance, false, 0));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal(
      [
        'OS create script failed (exited with exit code 3), last lines in the log file:',
        ...lines.slice(-19),
        '\\x1b[2Jgone',
      ].join('\n'),
    );
    expect(JSON.stringify(error)).not.to.include('secret');
  });

  it('fails for an OS that is missing or whose create script is not trusted', async () => {
    expect(
      (await failureOf(installOs(scripts, { ...instance, os: 'no' }, false, 0))).message,
    ).to.equal('Directory for OS no not found in search path');
    await makeOs(os, { create: undefined, create_untrusted: '#!/bin/sh\n' });
    const error = await failureOf(installOs(scripts, instance, false, 0));
    expect(error).to.have.property('kind', 'not-served');
    expect(error.message).to.equal(
      "OS 'busybox' has only an untrusted create script, and untrusted create scripts are not served",
    );
    expect(commands.asked).to.deep.equal([]);
  });

  it('fails for a missing disk, and runs nothing', async () => {
    const missing = instanceWith([fileDisk(fixture.diskPath('disk1'), { iv_name: 'disk/1' })]);
    const error = await failureOf(installOs(scripts, missing, false, 0));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal(
      `Block device 'disk/1 (${fixture.diskPath('disk1')})' is not set up.`,
    );
    expect(commands.asked).to.deep.equal([]);
  });

  it('runs nothing when there can be no log', async () => {
    await mkdir(logs);
    const work = installOs(scripts, { ...instance, os: 'busybox+../../../x' }, false, 0);
    expect((await failureOf(work)).message).to.match(/^No name for a log file/);
    expect(await readdir(logs)).to.deep.equal([]);
    expect(commands.asked).to.deep.equal([]);
  });

  it('runs the rename script with the old name', async () => {
    await renameOs(scripts, instance, 'inst0.lab.test', 2);
    const [{ argv, options } = { argv: [], options: undefined }] = commands.asked;
    expect(argv).to.deep.equal([join(os, 'rename')]);
    expect(options?.log?.path).to.equal(
      join(logs, 'os/rename-busybox+default-inst0.lab.test-inst1.lab.test-2026-01-02_03_04_05.log'),
    );
    expect(options).to.deep.include({ cwd: os, timeoutMs: 1234 });
    expect(options?.env).to.include({
      OLD_INSTANCE_NAME: 'inst0.lab.test',
      INSTANCE_NAME: 'inst1.lab.test',
      DEBUG_LEVEL: '2',
      OSP_PASSWORD: 'secret',
      DISK_0_PATH: fixture.diskPath(),
    });
  });

  it('answers with the last lines of the log when the rename script fails', async () => {
    commands.output = 'no such host\n';
    commands.exitCode = 1;
    expect((await failureOf(renameOs(scripts, instance, 'inst0', 0))).message).to.equal(
      'OS rename script failed (exited with exit code 1), last lines in the log file:\nno such host',
    );
  });
});
