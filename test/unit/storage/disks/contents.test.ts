import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { BlockDeviceError, RpcFailure } from '../../../../src/base/errors.js';
import type { Disk } from '../../../../src/generated/objects.js';
import { DiskContents } from '../../../../src/storage/disks/contents.js';
import { FileDisks } from '../../../../src/storage/file/disk.js';
import { FakeDisks } from '../../../support/fakes/fake-disks.js';
import { failureOf, fileDisk, NO_USERS, StorageFixture } from '../fixtures.js';
import { ScriptedCommands } from '../scripted-commands.js';

describe('DiskContents', () => {
  let fixture: StorageFixture;
  let commands: ScriptedCommands;
  let contents: DiskContents;
  let disk: Disk;
  let path: string;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    commands = new ScriptedCommands({ dd: '', bash: '' });
    contents = new DiskContents({
      disks: new FakeDisks(),
      templates: fixture.templates(),
      commands,
    });
    path = fixture.diskPath();
    disk = fileDisk(path);
    await writeFile(path, '');
  });
  afterEach(() => fixture.remove());

  async function failure(work: Promise<unknown>): Promise<string> {
    const error = await failureOf(work);
    expect(error).to.be.instanceOf(RpcFailure);
    return error.message;
  }

  it('wipes a part, cutting nothing off', async () => {
    await contents.wipe(disk, 16, 48);
    expect(commands.lines).to.deep.equal([
      `dd if=/dev/zero of=${path} bs=1048576 seek=16 count=48 conv=nocreat,notrunc,fsync oflag=direct`,
    ]);
    expect(commands.options[0]?.timeoutMs).to.be.below(3_600_000);
  });

  it('wipes nothing beyond the disk', async () => {
    for (const [offset, size, message] of [
      [-1, 1, 'Negative offset'],
      [0, -1, 'Negative size'],
      [65, 0, 'Wipe offset is bigger than device size'],
      [1, 64, 'Wipe offset and size are bigger than device size'],
    ] as const)
      expect(await failure(contents.wipe(disk, offset, size))).to.equal(message);
    expect(await failure(contents.wipe(fileDisk(`${path}1`), 0, 1))).to.equal(
      'Cannot wipe device disk/0: device not found',
    );
    expect(commands.lines).to.deep.equal([]);
  });

  it('says what the program said', async () => {
    commands.script['dd'] = { exitCode: 1, stderr: 'No space left on device' };
    expect(await failure(contents.wipe(disk, 0, 1))).to.match(
      /^Dump command 'dd if=.*' exited with error: exited with exit code 1; output: No space left/,
    );
  });

  it('writes an image of the node', async () => {
    const image = join(fixture.root, 'image');
    await writeFile(image, 'data');
    await contents.image(disk, image, 10);
    expect(commands.lines).to.deep.equal([
      `dd if=${image} of=${path} bs=1048576 seek=0 count=10 conv=nocreat,notrunc,fsync,sparse oflag=direct`,
    ]);
  });

  it('refuses what is no image, or too large', async () => {
    const fifo = join(fixture.root, 'fifo');
    const directory = join(fixture.root, 'directory');
    execFileSync('mkfifo', [fifo]);
    await mkdir(directory);
    for (const [image, size, message] of [
      ['/no/such/image', 1, "Image '/no/such/image' not found"],
      ['package.json', 1, "Image 'package.json' not found"],
      ['file:///etc/passwd', 1, "Image 'file:///etc/passwd' not found"],
      [fifo, 1, `Image '${fifo}' is neither a file nor a block device`],
      [directory, 1, `Image '${directory}' is neither a file nor a block device`],
      ['http://host/image', -1, 'Negative size'],
      ['http://host/image', 65, 'Image size is bigger than device size'],
    ] as const)
      expect(await failure(contents.image(disk, image, size))).to.equal(message);
    expect(commands.lines).to.deep.equal([]);
  });

  it('gets an image from the net, its URL as an argument only', async () => {
    await contents.image(disk, 'http://host/$(x)', 10);
    expect(commands.lines[0]).to.match(/^bash -c set -o pipefail/);
    expect(
      commands.lines[0]?.endsWith(
        `} download http://host/$(x) ${path} 10 conv=nocreat,notrunc,fsync,sparse`,
      ),
    ).to.be.true;
    commands.script['bash'] = { exitCode: 65, stderr: '' };
    expect(await failure(contents.image(disk, 'https://host/x', 1))).to.equal(
      'Disk image larger than the disk',
    );
    commands.script['bash'] = { exitCode: 22, stderr: 'curl: (22) 404' };
    expect(await failure(contents.image(disk, 'ftp://host/x', 1))).to.equal(
      "Can't download the disk image: curl: (22) 404",
    );
  });

  it('copies one disk to another', async () => {
    await writeFile(`${path}1`, '');
    await contents.convert(fileDisk(path, { size: 32 }), fileDisk(`${path}1`));
    const line = `dd if=${path} of=${path}1 bs=1048576 seek=0 count=32 conv=nocreat,notrunc,fsync`;
    expect(commands.lines).to.deep.equal([`${line},sparse oflag=direct iflag=direct`]);
    // Where it has been written to, zeros must take the place of what is there.
    await writeFile(`${path}1`, 'x');
    await contents.convert(fileDisk(path, { size: 32 }), fileDisk(`${path}1`));
    expect(commands.lines[1]).to.equal(`${line} oflag=direct iflag=direct`);
  });

  it('writes through the cache of the kernel where a file system has no other way', async () => {
    const refusal = `dd: failed to open '${path}': Invalid argument`;
    const line = `dd if=/dev/zero of=${path} bs=1048576 seek=0 count=1 conv=nocreat,notrunc,fsync`;
    commands.script[`${line} oflag=direct`] = { exitCode: 1, stderr: refusal };
    await contents.wipe(disk, 0, 1);
    expect(commands.lines).to.deep.equal([`${line} oflag=direct`, line]);
    commands.script['dd'] = { exitCode: 1, stderr: 'No space left on device' };
    expect(await failure(contents.wipe(disk, 0, 1))).to.include(`'${line}' exited`);
    expect(commands.lines).to.have.lengthOf(4);
  });

  it('copies only from and to disks that are there and may be written', async () => {
    const missing = fileDisk(`${path}1`);
    expect(await failure(contents.convert(missing, disk))).to.equal(
      `Cannot copy from device 'disk/0 (${path}1)': device not found`,
    );
    expect(await failure(contents.convert(disk, missing))).to.equal(
      `Cannot copy to device 'disk/0 (${path}1)': device not found`,
    );
    const files = new FileDisks({ disks: new FakeDisks(), paths: fixture.paths, users: NO_USERS });
    const guarded = {
      create: files.create.bind(files),
      attach: async (asked: Disk) => {
        const device = await files.attach(asked);
        device.checkImport = () => {
          throw new BlockDeviceError('not to be written');
        };
        return device;
      },
    };
    const templates = fixture.templates({ file: guarded });
    const guard = new DiskContents({ disks: new FakeDisks(), templates, commands });
    expect(await failure(guard.convert(disk, disk))).to.equal('not to be written');
    expect(commands.lines).to.deep.equal([]);
  });
});
