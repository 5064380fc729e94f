import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FollowedFile } from '../../../../src/system/file/cached-file.js';

describe('FollowedFile', () => {
  let directory: string;
  let path: string;
  let parsed: (string | undefined)[];
  let file: FollowedFile<string | undefined>;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'followed-'));
    path = join(directory, 'file');
    parsed = [];
    file = new FollowedFile(path, 100, (text) => {
      parsed.push(text);
      if (text === 'bad') throw new Error('bad content');
      return text;
    });
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('follows a file that comes, changes, is replaced and goes', () => {
    expect(file.read()).to.be.undefined;
    writeFileSync(path, 'one');
    expect(file.read()).to.equal('one');
    writeFileSync(path, 'two');
    expect(file.read()).to.equal('two');
    writeFileSync(`${path}.new`, 'six');
    renameSync(`${path}.new`, path);
    expect(file.read()).to.equal('six');
    truncateSync(path);
    expect(file.read()).to.equal('');
    unlinkSync(path);
    expect(file.read()).to.be.undefined;
  });

  it('sees every one of many changes of the same length', () => {
    for (let count = 1000; count < 1200; count++) {
      writeFileSync(path, String(count));
      expect(file.read()).to.equal(String(count));
    }
  });

  it('reads a file that has settled only once', async () => {
    writeFileSync(path, 'one');
    utimesSync(path, 1, 1);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    for (let count = 0; count < 5; count++) expect(file.read()).to.equal('one');
    expect(parsed).to.deep.equal(['one']);
  });

  it('does not remember what could not be parsed', () => {
    writeFileSync(path, 'bad');
    expect(() => file.read()).to.throw('bad content');
    expect(() => file.read()).to.throw('bad content');
    writeFileSync(path, 'good');
    expect(file.read()).to.equal('good');
  });

  it('refuses a file that is too large', () => {
    writeFileSync(path, 'x'.repeat(101));
    expect(() => file.read()).to.throw('is larger than 100 bytes');
  });

  it('refuses a directory', () => {
    expect(() => new FollowedFile(directory, 100, String).read()).to.throw();
  });

  it('refuses a FIFO instead of waiting for its writer', () => {
    execFileSync('mkfifo', [path]);
    expect(() => file.read()).to.throw('is not a regular file');
  });
});
