import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Disk } from '../../../src/generated/objects.js';
import { DiskContents } from '../../../src/storage/disks/contents.js';
import { type CommandRunner, Commands } from '../../../src/system/command/command.js';
import { FakeDisks } from '../../support/fakes/fake-disks.js';
import { describeAsRoot } from '../../support/node/suite.js';
import { failureOf, fileDisk, StorageFixture } from '../../unit/storage/fixtures.js';

const MIB = 1024 * 1024;

describe('DiskContents with real files', () => {
  let fixture: StorageFixture;
  let contents: DiskContents;
  let path: string;
  let data: Buffer;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    contents = new DiskContents({
      disks: new FakeDisks(),
      templates: fixture.templates(),
      commands: new Commands(),
    });
    path = fixture.diskPath();
    data = randomBytes(4 * MIB);
    await writeFile(path, data);
  });
  afterEach(() => fixture.remove());

  const disk = () => fileDisk(path, { size: 4 });

  it('wipes a part and leaves the rest', async () => {
    await contents.wipe(disk(), 1, 2);
    const expected = Buffer.concat([
      data.subarray(0, MIB),
      Buffer.alloc(2 * MIB),
      data.subarray(3 * MIB),
    ]);
    expect((await readFile(path)).equals(expected)).to.be.true;
  });

  it('writes an image of any size over the beginning', async () => {
    const image = join(fixture.root, 'image with space');
    const text = randomBytes(MIB + 777);
    await writeFile(image, text);
    await contents.image(disk(), image, 4);
    const expected = Buffer.concat([text, data.subarray(text.length)]);
    expect((await readFile(path)).equals(expected)).to.be.true;
    await contents.image(disk(), image, 1);
    expect((await stat(path)).size).to.equal(4 * MIB);
  });

  it('copies a disk', async () => {
    await writeFile(`${path}1`, '');
    await contents.convert(disk(), fileDisk(`${path}1`));
    expect((await readFile(`${path}1`)).equals(data)).to.be.true;
  });

  /** A disk of one MiB of data, 6 MiB of nothing, and again one of data. */
  async function makeSparse(): Promise<Disk> {
    await truncate(path, 0);
    await truncate(path, 8 * MIB);
    const file = await open(path, 'r+');
    await file.write(data, 0, MIB, 0);
    await file.write(data, 0, MIB, 7 * MIB);
    await file.close();
    return fileDisk(path, { size: 8 });
  }

  for (const what of ['a disk', 'an image'] as const)
    it(`keeps the holes of ${what} where the target is new`, async () => {
      const source = await makeSparse();
      await writeFile(`${path}1`, '');
      await truncate(`${path}1`, 8 * MIB);
      const target = fileDisk(`${path}1`, { size: 8 });
      await (what === 'a disk'
        ? contents.convert(source, target)
        : contents.image(target, path, 8));
      expect((await readFile(`${path}1`)).equals(await readFile(path))).to.be.true;
      expect((await stat(`${path}1`)).blocks * 512).to.be.within(2 * MIB, 3 * MIB);
    });

  it('leaves nothing of what was on the target in place of holes', async () => {
    const source = await makeSparse();
    await writeFile(`${path}1`, Buffer.alloc(8 * MIB, 'x'));
    await contents.convert(source, fileDisk(`${path}1`, { size: 8 }));
    expect((await readFile(`${path}1`)).equals(await readFile(path))).to.be.true;
  });

  it('ends with a hole where the source does', async () => {
    const source = await makeSparse();
    await truncate(path, 4 * MIB);
    await truncate(path, 8 * MIB);
    await writeFile(`${path}1`, '');
    await contents.convert(source, fileDisk(`${path}1`, { size: 8 }));
    expect((await readFile(`${path}1`)).equals(await readFile(path))).to.be.true;
  });

  it('makes no file where the disk has gone', async () => {
    const commands = new Commands();
    const losing: CommandRunner = {
      async run(argv, options) {
        await rm(path);
        return commands.run(argv, options);
      },
    };
    const late = new DiskContents({
      disks: new FakeDisks(),
      templates: fixture.templates(),
      commands: losing,
    });
    expect((await failureOf(late.wipe(disk(), 0, 1))).message).to.match(
      /No such file or directory/,
    );
    expect(await readdir(fixture.storage)).to.deep.equal([]);
  });

  describe('an image from the net', () => {
    let server: Server;
    let image: Buffer;
    beforeEach(async () => {
      image = randomBytes(2 * MIB);
      server = createServer((request, response) => {
        if (request.url === '/moved') response.writeHead(302, { location: '/image' }).end('moved');
        else if (request.url === '/image') response.end(image);
        else response.writeHead(404).end('no such image');
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    const url = (name: string) =>
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;

    it('is written over the beginning', async () => {
      await contents.image(disk(), url('image'), 2);
      const expected = Buffer.concat([image, data.subarray(image.length)]);
      expect((await readFile(path)).equals(expected)).to.be.true;
    });

    it('keeps its holes where the disk is new', async () => {
      image = Buffer.concat([randomBytes(MIB), Buffer.alloc(2 * MIB), randomBytes(MIB)]);
      await truncate(path, 0);
      await truncate(path, 4 * MIB);
      await contents.image(disk(), url('image'), 4);
      expect((await readFile(path)).equals(image)).to.be.true;
      expect((await stat(path)).blocks * 512).to.be.below(3 * MIB);
    });

    it('must not be larger than said', async () => {
      image = randomBytes(2 * MIB + 1);
      const error = await failureOf(contents.image(disk(), url('image'), 2));
      expect(error.message).to.equal('Disk image larger than the disk');
      expect((await readFile(path)).subarray(2 * MIB).equals(data.subarray(2 * MIB))).to.be.true;
    });

    for (const [name, reason] of [
      ['none', /404/],
      ['moved', /Maximum \(0\) redirects/],
    ] as const)
      it(`is never the page that '${name}' answers with`, async () => {
        const error = await failureOf(contents.image(disk(), url(name), 2));
        expect(error.message).to.match(/^Can't download the disk image: /);
        expect(error.message).to.match(reason);
        expect((await readFile(path)).equals(data)).to.be.true;
      });
  });
});

describeAsRoot('DiskContents where the cache of the kernel cannot be gone round', () => {
  let fixture: StorageFixture;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    execFileSync('mount', ['-t', 'ramfs', 'noded-test', fixture.storage]);
  });
  afterEach(async () => {
    execFileSync('umount', [fixture.storage]);
    await fixture.remove();
  });

  it('wipes, images and converts all the same', async () => {
    const contents = new DiskContents({
      disks: new FakeDisks(),
      templates: fixture.templates(),
      commands: new Commands(),
    });
    const [path, other] = [fixture.diskPath(), fixture.diskPath('disk1')];
    const data = randomBytes(4 * MIB);
    await writeFile(path, Buffer.alloc(4 * MIB));
    await writeFile(other, data);
    const [disk, source] = [path, other].map((name) => fileDisk(name, { size: 4 })) as [Disk, Disk];
    await contents.convert(source, disk);
    expect((await readFile(path)).equals(data)).to.be.true;
    await contents.wipe(disk, 1, 2);
    expect((await readFile(path)).subarray(MIB, 3 * MIB).equals(Buffer.alloc(2 * MIB))).to.be.true;
    await contents.image(disk, other, 4);
    expect((await readFile(path)).equals(data)).to.be.true;
  });
});
