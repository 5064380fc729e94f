import { execFileSync } from 'node:child_process';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Instance } from '../../../src/generated/objects.js';
import { exportOs, type OsExportParts } from '../../../src/os/export.js';
import { FileDisks } from '../../../src/storage/file/disk.js';
import { type CommandRunner, Commands } from '../../../src/system/command/command.js';
import { FakeDisks } from '../../support/fakes/fake-disks.js';
import { FakeCommands } from '../node/fixtures.js';
import {
  failureOf,
  fileDisk,
  instanceWith,
  NO_USERS,
  StorageFixture,
} from '../storage/fixtures.js';
import { makeOs } from './fixtures.js';

describe('exportOs', () => {
  let fixture: StorageFixture;
  let temporaryDir: string;
  let instance: Instance;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    temporaryDir = join(fixture.root, 'tmp');
    await mkdir(temporaryDir);
    await makeOs(join(fixture.root, 'definitions/busybox'));
    const disk = fileDisk(fixture.diskPath());
    await new FileDisks({ disks: new FakeDisks(), paths: fixture.paths, users: NO_USERS }).create(
      disk,
      1,
      false,
    );
    instance = instanceWith([disk], { osparams_private: { key: 'secret' } });
  });
  afterEach(() => fixture.remove());

  function osExport(commands: CommandRunner): OsExportParts {
    return {
      osSearchPath: [join(fixture.root, 'definitions')],
      blockDevices: fixture.blockDevices(),
      commands,
      temporaryDir,
      timeoutsMs: { osScript: 10_000 },
    };
  }

  it('packs definition and environment, for root only', async () => {
    const path = await exportOs(osExport(new Commands()), instance, { OS_NAME: 'other', X: 'y' });
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    const names = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' }).split('\n');
    expect(names).to.include('./os/create').and.to.include('./os/variants.list');
    const environment = execFileSync('tar', ['-xzOf', path, './environment'], { encoding: 'utf8' });
    expect(environment.split('\n')).to.include.members([
      'OS_NAME=other',
      'X=y',
      'OSP_KEY=secret',
      `DISK_0_PATH=${fixture.diskPath()}`,
      'INSTANCE_NAME=inst1.lab.test',
    ]);
    expect(await readdir(temporaryDir)).to.have.lengthOf(1);
  });

  it('leaves nothing behind when it fails', async () => {
    const commands = new FakeCommands();
    commands.exitCode = 2;
    commands.stderr = 'no space';
    const error = await failureOf(exportOs(osExport(commands), instance, {}));
    expect(error.message).to.match(
      /^Failed to create OS archive '.*\.tgz': exited with exit code 2, output 'no space'$/,
    );
    expect(
      (await failureOf(exportOs(osExport(commands), { ...instance, os: 'no' }, {}))).message,
    ).to.equal('Directory for OS no not found in search path');
    expect(await readdir(temporaryDir)).to.be.empty;
  });
});
