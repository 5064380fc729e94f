import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { PublicKeys } from '../../../../src/node/ssh/public-keys.js';
import { SshUpdateError } from '../../../../src/node/ssh/update-error.js';
import { failureOf } from '../../storage/fixtures.js';

describe('PublicKeys', () => {
  let root: string;
  let keys: PublicKeys;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    keys = new PublicKeys(join(root, 'ganeti_pub_keys'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('keeps keys by node', async () => {
    await writeFile(keys.path, 'u1 ssh-rsa AAAA root@n1\n\nu2 ssh-rsa BBBB\nu1 ssh-dss CCCC\n');
    expect(await keys.all()).to.deep.equal({
      u1: ['ssh-rsa AAAA root@n1', 'ssh-dss CCCC'],
      u2: ['ssh-rsa BBBB'],
    });
    expect(await keys.of(['u2', 'u3'])).to.deep.equal({ u2: ['ssh-rsa BBBB'] });
  });

  it('adds, renames and removes, for the eyes of root alone', async () => {
    await keys.add('n1', 'ssh-rsa AAAA root@n1\n');
    await keys.add('n1', 'ssh-rsa AAAA root@n1');
    await keys.add('u2', 'ssh-rsa BBBB');
    await keys.rename('n1', 'u1');
    expect(await readFile(keys.path, 'utf8')).to.equal(
      'u1 ssh-rsa AAAA root@n1\nu2 ssh-rsa BBBB\n',
    );
    expect((await stat(keys.path)).mode & 0o777).to.equal(0o600);
    await keys.remove('u1');
    await keys.remove('u3');
    expect(await readFile(keys.path, 'utf8')).to.equal('u2 ssh-rsa BBBB\n');
  });

  it('says when there is no such file, or another one', async () => {
    expect((await failureOf(keys.all())).message).to.equal(
      `The public key file '${keys.path}' does not exist`,
    );
    await writeFile(keys.path, 'nonsense\n');
    const error = await failureOf(keys.add('u1', 'ssh-rsa AAAA'));
    expect(error).to.be.instanceOf(SshUpdateError);
    expect(error.message).to.equal("Error parsing public SSH key file. Line: 'nonsense'");
    expect(await readFile(keys.path, 'utf8')).to.equal('nonsense\n');
  });
});
