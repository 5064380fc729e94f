import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { DiskContents } from '../../../src/storage/disks/contents.js';
import { Commands } from '../../../src/system/command/command.js';
import { failureOf, fileDisk, StorageFixture } from '../../unit/storage/fixtures.js';

const MIB = 1024 * 1024;

describe('DiskContents with real files', () => {
  let fixture: StorageFixture;
  let contents: DiskContents;
  let path: string;
  let data: Buffer;
  beforeEach(async () => {
    fixture = await StorageFixture.create();
    contents = new DiskContents({ templates: fixture.templates(), commands: new Commands() });
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
