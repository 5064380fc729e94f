import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  type ClusterExitParts,
  leaveCluster,
} from '../../../../src/node/membership/cluster-exit.js';
import { loggerTo } from '../fixtures.js';

describe('leaveCluster', () => {
  let root: string;
  let done: string[];
  let logged: Record<string, unknown>[];
  let exit: ClusterExitParts;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    [done, logged] = [[], []];
    for (const directory of ['lib/queue', 'crypto', 'ssh'])
      await mkdir(join(root, directory), { recursive: true });
    for (const file of ['server.pem', 'ssconf_master_node', '.hidden', 'queue/job-1'])
      await writeFile(join(root, 'lib', file), 'x');
    await symlink('/etc/hostname', join(root, 'lib/link'));
    await writeFile(join(root, 'crypto/key'), 'x');
    exit = {
      dataDir: join(root, 'lib'),
      cryptoKeysDir: join(root, 'crypto'),
      jobQueue: {
        purge: (options) => {
          done.push(`purge with lock: ${String(options?.withLock)}`);
          return Promise.resolve();
        },
      },
      sshDir: join(root, 'ssh'),
      daemonUtil: 'daemon-util',
      nodeRoot: undefined,
      commands: {
        run: (argv) => {
          done.push(argv.slice(1).join(' '));
          return Promise.resolve({ argv, stdout: '', stderr: '' });
        },
      },
      requestStop: () => done.push('stop'),
      logger: loggerTo(logged),
    };
  });
  afterEach(() => rm(root, { recursive: true }));

  it('removes what the node has of the cluster, and then asks the daemon to end', async () => {
    expect(await leaveCluster(exit, false)).to.equal('Shutdown scheduled');
    expect(await readdir(join(root, 'lib'))).to.have.members(['.hidden', 'link', 'queue']);
    expect(await readdir(join(root, 'crypto'))).to.be.empty;
    expect(done).to.deep.equal([
      'purge with lock: true',
      'stop ganeti-confd',
      'stop ganeti-mond',
      'stop ganeti-kvmd',
      'stop',
    ]);
    expect(logged).to.be.empty;
  });

  it('removes the old key of root when it is told to', async () => {
    await writeFile(join(root, 'ssh/id_dsa'), 'private');
    await writeFile(join(root, 'ssh/id_dsa.pub'), 'ssh-dss AAAA root@node1\n');
    await writeFile(join(root, 'ssh/id_rsa'), 'private');
    const keys = 'ssh-dss AAAA root@node1\nssh-rsa BBBB admin@desk\n';
    await writeFile(join(root, 'ssh/authorized_keys'), keys);
    await leaveCluster(exit, true);
    expect(await readdir(join(root, 'ssh'))).to.have.members(['authorized_keys', 'id_rsa']);
    expect(await readFile(join(root, 'ssh/authorized_keys'), 'utf8')).to.equal(
      'ssh-rsa BBBB admin@desk\n',
    );
  });

  it('leaves even when there is no such key', async () => {
    await leaveCluster(exit, true);
    expect(done.at(-1)).to.equal('stop');
    expect(logged).to.be.empty;
  });

  it('leaves even when a file cannot be removed, and logs that', async () => {
    await mkdir(join(root, 'lib/rapi.pem'));
    await leaveCluster(exit, false);
    expect(done.at(-1)).to.equal('stop');
    expect(logged).to.have.lengthOf(1);
    expect(logged[0]).to.include({ what: 'removing a secret of the cluster' });
  });
});
