import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  addPublicKey,
  allPublicKeys,
  publicKeysOf,
  removePublicKeys,
  renamePublicKeys,
} from '../../../../src/node/ssh/public-keys.js';
import { SshUpdateError } from '../../../../src/node/ssh/update-error.js';
import { failureOf } from '../../storage/fixtures.js';

describe('ganeti_pub_keys', () => {
  let root: string;
  let path: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(root, 'ganeti_pub_keys');
  });
  afterEach(() => rm(root, { recursive: true }));

  it('keeps keys by node', async () => {
    await writeFile(path, 'u1 ssh-rsa AAAA root@n1\n\nu2 ssh-rsa BBBB\nu1 ssh-dss CCCC\n');
    expect(await allPublicKeys(root)).to.deep.equal({
      u1: ['ssh-rsa AAAA root@n1', 'ssh-dss CCCC'],
      u2: ['ssh-rsa BBBB'],
    });
    expect(await publicKeysOf(root, ['u2', 'u3'])).to.deep.equal({ u2: ['ssh-rsa BBBB'] });
  });

  it('adds, renames and removes, for the eyes of root alone', async () => {
    await addPublicKey(root, 'n1', 'ssh-rsa AAAA root@n1\n');
    await addPublicKey(root, 'n1', 'ssh-rsa AAAA root@n1');
    await addPublicKey(root, 'u2', 'ssh-rsa BBBB');
    await renamePublicKeys(root, 'n1', 'u1');
    expect(await readFile(path, 'utf8')).to.equal('u1 ssh-rsa AAAA root@n1\nu2 ssh-rsa BBBB\n');
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    await removePublicKeys(root, 'u1');
    await removePublicKeys(root, 'u3');
    expect(await readFile(path, 'utf8')).to.equal('u2 ssh-rsa BBBB\n');
  });

  it('says when there is no such file, or another one', async () => {
    expect((await failureOf(allPublicKeys(root))).message).to.equal(
      `The public key file '${path}' does not exist`,
    );
    await writeFile(path, 'nonsense\n');
    const error = await failureOf(addPublicKey(root, 'u1', 'ssh-rsa AAAA'));
    expect(error).to.be.instanceOf(SshUpdateError);
    expect(error.message).to.equal("Error parsing public SSH key file. Line: 'nonsense'");
    expect(await readFile(path, 'utf8')).to.equal('nonsense\n');
  });
});
