import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { BlockDeviceError } from '../../../../src/base/errors.js';
import { ExtDisks } from '../../../../src/storage/ext/disk.js';
import { ExtProviders } from '../../../../src/storage/ext/providers.js';
import { ExtScripts } from '../../../../src/storage/ext/scripts.js';
import { failureOf, recordingLogger } from '../fixtures.js';
import { ScriptedCommands } from '../scripted-commands.js';
import { extDisk, makeProvider, type ProviderFiles } from './fixtures.js';

describe('ExtDisks', () => {
  let root: string;
  let path: string;
  let commands: ScriptedCommands;
  let template: ExtDisks;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(root, 'providers', 'pvdr1');
    await start({ open: '#!/bin/sh\n', close: '#!/bin/sh\n', snapshot: '#!/bin/sh\n' });
  });
  afterEach(() => rm(root, { recursive: true }));

  async function start(files: ProviderFiles): Promise<void> {
    await makeProvider(path, files);
    commands = new ScriptedCommands({ [path]: '', [join(path, 'attach')]: '/dev/null\n' });
    const searchPath = [join(root, 'providers')];
    const scripts = new ExtScripts({
      providers: new ExtProviders({ searchPath, logger: recordingLogger([]) }),
      commands,
      logDir: join(root, 'log'),
      clock: { wallTime: () => new Date(2026, 0, 2, 3, 4, 5) },
      timeoutMs: 1_000,
    });
    template = new ExtDisks({ scripts, commands });
  }

  /** The scripts that were run, each with a variable of its environment. */
  function ran(variable: string): string[] {
    return commands.lines.map(
      (line, index) => `${basename(line)} ${String(commands.options[index]?.env?.[variable])}`,
    );
  }

  async function failure(work: Promise<unknown>): Promise<string> {
    const error = await failureOf(work);
    expect(error).to.be.instanceOf(BlockDeviceError);
    return error.message;
  }

  it('are made by a script, and then attached', async () => {
    const device = await template.create(extDisk('vol0'), 8, false);
    expect(device.logicalId).to.deep.equal(['pvdr1', 'vol0']);
    expect(ran('VOL_SIZE')).to.deep.equal(['create 8', 'attach undefined']);
    expect(commands.options[0]?.cwd).to.equal(path);
    expect(await readdir(join(root, 'log', 'extstorage'))).to.deep.equal([
      'create-pvdr1-vol0-2026-01-02_03_04_05.log',
    ]);
  });

  it('are attached only if there is a block device', async () => {
    for (const output of ['/dev/null\n', '/dev/no-such\n', '\n', '', 'loop0\n']) {
      commands.script[join(path, 'attach')] = output;
      expect((await template.attach(extDisk('vol0'))).attached, output).to.be.false;
    }
    commands.script[join(path, 'attach')] = '\nkvm:rbd:pool/vol0\n';
    expect(await failure(template.attach(extDisk('vol0')))).to.include(
      'userspace access is not supported',
    );
  });

  it('are left to their scripts', async () => {
    const device = await template.attach(extDisk('vol0'));
    await device.assemble();
    await device.open();
    await device.open({ exclusive: false });
    await device.close();
    await device.grow({ amountMiB: 2, isDryRun: true, exclusiveStorage: false });
    await device.grow({ amountMiB: 2, isDryRun: false, exclusiveStorage: false });
    await device.setInfo('originstname+inst1 x');
    await device.rename([]);
    await device.shutdown();
    await device.remove();
    expect(commands.lines.map((line) => basename(line))).to.deep.equal([
      ...['attach', 'open', 'open', 'close', 'grow', 'setinfo', 'detach', 'detach', 'remove'],
    ]);
    expect(ran('VOL_OPEN_EXCLUSIVE').slice(1, 3)).to.deep.equal(['open True', 'open False']);
    expect(ran('VOL_NEW_SIZE')[4]).to.equal('grow 10');
    expect(ran('VOL_SIZE')[4]).to.equal('grow 8');
    expect(ran('VOL_METADATA')[5]).to.equal('setinfo originstname+inst1_x');
  });

  it('have snapshots named after them, unless told otherwise', async () => {
    const device = await template.attach(extDisk('vol0'));
    expect(await device.snapshot({ name: null, sizeMiB: null })).to.deep.equal([
      'pvdr1',
      'vol0.snap',
    ]);
    expect(await device.snapshot({ name: 'now', sizeMiB: 4 })).to.deep.equal(['pvdr1', 'now']);
    expect(ran('VOL_SNAPSHOT_NAME').slice(1)).to.deep.equal(['snapshot vol0.snap', 'snapshot now']);
    expect(ran('VOL_SNAPSHOT_SIZE').slice(1)).to.deep.equal(['snapshot 8', 'snapshot 4']);
  });

  it('do without the scripts that a provider need not have', async () => {
    await start({});
    const device = await template.attach(extDisk('vol0'));
    await device.open();
    await device.close();
    expect(commands.lines.map((line) => basename(line))).to.deep.equal(['attach']);
  });

  it('fail with what the script said', async () => {
    commands.script[join(path, 'attach')] = { exitCode: 3, stderr: 'no such volume\x1b[2J\n' };
    expect(await failure(template.attach(extDisk('vol0')))).to.equal(
      "External storage's attach script failed (exited with exit code 3), last lines of output:\n" +
        'no such volume\\x1b[2J',
    );
    commands.script[join(path, 'create')] = { exitCode: 1, stderr: '' };
    expect(await failure(template.create(extDisk('vol0'), 8, false))).to.equal(
      "External storage's create script failed (exited with exit code 1), last lines of output:\n",
    );
  });

  it('refuse what cannot be', async () => {
    expect(await failure(template.create(extDisk('vol0'), 8, true))).to.include(
      'exclusive_storage',
    );
    expect(await failure(template.attach(extDisk('x', { logical_id: ['pvdr1'] })))).to.equal(
      'Invalid configuration data ["pvdr1"]',
    );
    expect(await failure(template.attach(extDisk('x', { logical_id: ['none', 'x'] })))).to.include(
      'Provider none not found',
    );
    expect(await failure(template.create(extDisk('a/b'), 8, false))).to.include(
      "Can't create a log file",
    );
  });
});
