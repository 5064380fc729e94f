import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { ImportExportEnd } from '../../../../src/generated/objects.js';
import {
  endCommand,
  type TransferEndsParts,
} from '../../../../src/instance/transfer/io-commands.js';
import type { TransferMode } from '../../../../src/instance/transfer/transfer.js';
import { FakeDisks } from '../../../support/fakes/fake-disks.js';
import { makeOs } from '../../os/fixtures.js';
import { failureOf, fileDisk, instanceWith, StorageFixture } from '../../storage/fixtures.js';

/** Before a script, whose mounts go with it. */
const OWN = 'unshare --mount --propagation slave -- ';

describe('endCommand', () => {
  let fixture: StorageFixture;
  let ends: TransferEndsParts;
  let exports: string;
  let os: string;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    exports = join(fixture.root, 'export');
    os = join(fixture.root, "the os's", 'busybox');
    await makeOs(os);
    await writeFile(fixture.diskPath(), '');
    ends = {
      exportDir: exports,
      osSearchPath: [join(os, '..')],
      blockDevices: fixture.blockDevices(),
      disks: new FakeDisks(),
      missingMountRight: () => undefined,
    };
  });
  afterEach(() => fixture.remove());

  function command(mode: TransferMode, end: ImportExportEnd) {
    const instance = instanceWith([fileDisk(fixture.diskPath())]);
    return endCommand(ends, {
      mode,
      end,
      instance,
      options: {},
      peer: undefined,
      component: 'disk0',
    });
  }

  it('writes to a file of an export, whose directory it makes', async () => {
    const file = join(exports, 'inst1.new', "it's");
    const { env, prefix, suffix, expectedSize } = await command('import', ['file', [file]]);
    expect(suffix).to.equal(`> '${exports}/inst1.new/it'\\''s'`);
    expect([env, prefix, expectedSize]).to.deep.equal([{}, undefined, undefined]);
    expect(existsSync(join(exports, 'inst1.new'))).to.be.true;
  });

  it('reads a file of an export, and knows its size in MiB', async () => {
    await mkdir(exports);
    await writeFile(join(exports, 'dump'), Buffer.alloc(3 * 1024 * 1024));
    const { suffix, expectedSize } = await command('export', ['file', [join(exports, 'dump')]]);
    expect([suffix, expectedSize]).to.deep.equal([`< ${exports}/dump`, '3']);
    const missing = await command('export', ['file', [join(exports, 'missing')]]);
    expect(missing.expectedSize).to.be.undefined;
  });

  it('accepts no file elsewhere', async () => {
    await mkdir(exports);
    await symlink('/etc', join(exports, 'link'));
    for (const path of ['/etc/passwd', join(exports, 'link/x'), `${exports}x/y`, `${exports}/../x`])
      await failureOf(command('import', ['file', [path]]));
  });

  it('copies disks as they are', async () => {
    const disk = fileDisk(fixture.diskPath());
    const into = await command('import', ['raw', [disk]]);
    const line = `| dd of=${fixture.diskPath()} bs=1048576 conv=nocreat,notrunc,fsync`;
    expect(into.suffix).to.equal(`${line},sparse`);
    await writeFile(fixture.diskPath(), 'x');
    expect((await command('import', ['raw', [disk]])).suffix).to.equal(line);
    const from = await command('export', ['raw', [disk]]);
    expect(from.prefix).to.equal(`dd if=${fixture.diskPath()} bs=1048576 count=64 |`);
    expect(from.expectedSize).to.equal('64');
  });

  it('runs the scripts of the OS in its directory, each with its own variables', async () => {
    const disk = fileDisk(fixture.diskPath());
    const quoted = `'${os.replaceAll("'", `'\\''`)}`;
    const into = await command('import', ['script', [disk, 0]]);
    expect(into.suffix).to.equal(`| ( cd ${quoted}' && ${OWN}${quoted}/import'; )`);
    expect(into.env).to.include({
      IMPORT_DEVICE: fixture.diskPath(),
      IMPORT_DISK_PATH: fixture.diskPath(),
      IMPORT_INDEX: '0',
      INSTANCE_NAME: 'inst1.lab.test',
    });
    const from = await command('export', ['script', [disk, 1]]);
    expect(from.prefix).to.equal(`( cd ${quoted}' && ${OWN}${quoted}/export'; ) |`);
    expect(from.env).to.include({ EXPORT_DEVICE: fixture.diskPath(), EXPORT_INDEX: '1' });
    expect(from.env).not.to.have.property('IMPORT_DEVICE');
    expect([into.expectedSize, from.expectedSize]).to.deep.equal(['fd', 'fd']);
  });

  it('fails for a disk that is not there', async () => {
    const disk = fileDisk(fixture.diskPath('missing'));
    for (const end of [
      ['raw', [disk]],
      ['script', [disk, 0]],
    ] as ImportExportEnd[])
      expect((await failureOf(command('export', end))).message).to.include('is not set up');
  });
});
