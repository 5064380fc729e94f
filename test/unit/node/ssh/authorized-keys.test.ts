import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  addAuthorizedKeys,
  type AuthorizedKeysParts,
  authorizedLines,
  includesKey,
  removeAuthorizedKeys,
  repeatedUsers,
} from '../../../../src/node/ssh/authorized-keys.js';

const FILE = `# the administrators
ssh-rsa AAAA admin@desk

command="/bin/true" ssh-rsa BBBB backup@host
ecdsa-sha2-nistp384 CCCC root@node1
`;

describe('authorized_keys', () => {
  let root: string;
  let keys: AuthorizedKeysParts;
  let path: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    keys = { sshDir: root };
    path = join(root, 'authorized_keys');
    await writeFile(path, FILE);
  });
  afterEach(() => rm(root, { recursive: true }));

  const content = () => readFile(path, 'utf8');

  it('adds what is new, once, and leaves the rest as it is', async () => {
    await addAuthorizedKeys(keys, [
      'ssh-rsa AAAA other@name',
      'ssh-rsa DDDD root@node2\n',
      'ssh-rsa DDDD',
      'ecdsa-sha2-nistp384 CCCC',
    ]);
    expect(await content()).to.equal(`${FILE}ssh-rsa DDDD root@node2\n`);
  });

  it('ends a last line that has no end', async () => {
    await writeFile(path, 'ssh-rsa AAAA admin@desk');
    await addAuthorizedKeys(keys, ['ssh-rsa DDDD']);
    expect(await content()).to.equal('ssh-rsa AAAA admin@desk\nssh-rsa DDDD\n');
  });

  it('removes keys whatever their comments, but not those with options', async () => {
    await removeAuthorizedKeys(keys, [
      'ssh-rsa   AAAA\troot@x',
      'ssh-rsa BBBB',
      'ecdsa-sha2-nistp384 CCCC',
      '',
    ]);
    expect(await content()).to.equal(
      '# the administrators\n\ncommand="/bin/true" ssh-rsa BBBB backup@host\n',
    );
  });

  it('keeps mode, and leaves a file alone that need not change', async () => {
    await chmod(path, 0o640);
    await removeAuthorizedKeys(keys, ['ssh-rsa AAAA']);
    const { mode, ino } = await stat(path);
    expect(mode & 0o777).to.equal(0o640);
    await removeAuthorizedKeys(keys, ['ssh-rsa AAAA']);
    await addAuthorizedKeys(keys, []);
    expect((await stat(path)).ino).to.equal(ino);
  });

  it('makes the file for root alone when there is none', async () => {
    await rm(path);
    await removeAuthorizedKeys(keys, ['ssh-rsa AAAA']);
    await addAuthorizedKeys(keys, ['ssh-rsa AAAA']);
    expect(await content()).to.equal('ssh-rsa AAAA\n');
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });

  it('tells whether a key is there', async () => {
    const lines = await authorizedLines(keys);
    expect(includesKey(lines, 'ssh-rsa AAAA x@y')).to.be.true;
    expect(includesKey(lines, 'ssh-rsa BBBB')).to.be.false;
  });
});

describe('repeatedUsers', () => {
  it('finds users of the given hosts with more than one key', () => {
    const lines = [
      'ssh-rsa A root@n1',
      '# root@n1',
      '',
      'ssh-rsa',
      'ssh-rsa B root@n1',
      'ssh-rsa C root@n2',
      'ssh-rsa D root@n3',
      'ssh-rsa E root@n3',
    ];
    expect(repeatedUsers(lines, ['n1', 'n2'])).to.deep.equal(new Map([['root@n1', [1, 5]]]));
  });
});
