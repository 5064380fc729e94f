import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import { InstanceFiles } from '../../../../src/hypervisor/fake/instance-files.js';
import { failureOf } from '../../storage/fixtures.js';

let top: string;
let files: InstanceFiles;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'noded-fake-'));
  files = new InstanceFiles(join(top, 'fake-hypervisor'));
});
afterEach(() => {
  rmSync(top, { recursive: true });
});

describe('InstanceFiles.write', () => {
  it("makes the directory and a file in Ganeti's format", async () => {
    expect(await files.exists()).to.be.false;
    await files.write('inst1', 128, 2);
    expect(await files.exists()).to.be.true;
    expect(readFileSync(join(files.directory, 'inst1'), 'latin1')).to.equal('0\n128\n2\n');
    expect(statSync(join(files.directory, 'inst1')).mode & 0o777).to.equal(0o644);
  });

  it('replaces the file whole, and leaves nothing else', async () => {
    await files.write('inst1', 128, 2);
    const before = statSync(join(files.directory, 'inst1')).ino;
    await files.write('inst1', 64, 1);
    expect(statSync(join(files.directory, 'inst1')).ino).not.to.equal(before);
    expect(readdirSync(files.directory)).to.deep.equal(['inst1']);
  });

  it('refuses names that lead out of the directory', async () => {
    for (const name of ['..', '.', '', 'a/b', '../inst1', 'inst1\0', 'inst1\n'])
      expect(await failureOf(files.write(name, 1, 1)), name).to.be.instanceOf(HypervisorError);
    expect(readdirSync(top)).to.deep.equal([]);
  });
});

describe('InstanceFiles.read', () => {
  it('gives what was written', async () => {
    await files.write('inst1', 128, 2);
    expect(await files.read('inst1')).to.deep.equal({ id: 0, memoryMiB: 128, vcpus: 2 });
  });

  it('gives nothing for an instance that does not run', async () => {
    expect(await files.read('inst1')).to.be.undefined;
    await files.write('inst2', 1, 1);
    expect(await files.read('inst1')).to.be.undefined;
  });

  it('takes what is no number for 0', async () => {
    mkdirSync(files.directory);
    for (const text of ['', '0\n', '0\nmany\n-1\n', `${'x'.repeat(1_000_000)}\n1\n1\n`]) {
      writeFileSync(join(files.directory, 'inst1'), text);
      expect(await files.read('inst1'), text.slice(0, 20)).to.deep.equal({
        id: 0,
        memoryMiB: 0,
        vcpus: 0,
      });
    }
    writeFileSync(join(files.directory, 'inst1'), '0\n128\n');
    expect((await files.read('inst1'))?.memoryMiB).to.equal(128);
  });

  it('fails in words for what is no file', async () => {
    mkdirSync(join(files.directory, 'inst1'), { recursive: true });
    const failure = await failureOf(files.read('inst1'));
    expect(failure).to.be.instanceOf(HypervisorError);
    expect(failure.message).to.match(/^Failed to list instance inst1: .*directory/);
  });

  it('refuses names that lead out of the directory', async () => {
    writeFileSync(join(top, 'outside'), '0\n1\n1\n');
    mkdirSync(files.directory);
    expect(await failureOf(files.read('../outside'))).to.be.instanceOf(HypervisorError);
  });
});

describe('InstanceFiles.names', () => {
  it('leaves out what can be no instance, and files that are being written', async () => {
    await files.write('inst1.example.com', 1, 1);
    for (const name of ['.noded-aaaaaaaaaaaa.new', 'not an instance'])
      writeFileSync(join(files.directory, name), '');
    expect(await files.names()).to.deep.equal(['inst1.example.com']);
  });

  it('finds none where there is no directory', async () => {
    expect(await files.names()).to.deep.equal([]);
  });
});

describe('InstanceFiles.remove', () => {
  it('removes the file; one that is gone is gone', async () => {
    await files.write('inst1', 1, 1);
    await files.remove('inst1');
    await files.remove('inst1');
    expect(await files.names()).to.deep.equal([]);
  });

  it('removes nothing outside of the directory', async () => {
    writeFileSync(join(top, 'outside'), '');
    expect(await failureOf(files.remove('../outside'))).to.be.instanceOf(HypervisorError);
    expect(readdirSync(top)).to.deep.equal(['outside']);
  });
});
