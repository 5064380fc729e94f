import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, it } from 'mocha';
import { modifyEtcHosts } from '../../../src/node/files/etc-hosts.js';
import { replaceFile } from '../../../src/system/file/files.js';
import { lockExclusively } from '../../../src/system/kernel/syscalls.js';
import { failureOf } from '../../support/failure.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';

describeAsRoot('files that are mount points', () => {
  let root: string;
  let path: string;
  const noted: string[] = [];
  const whenMounted = (mounted: string) => {
    noted.push(mounted);
  };
  const points: string[] = [];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'noded-mounted-'));
    path = join(root, 'etc/hosts');
    await mkdir(join(root, 'etc'));
    await writeFile(path, '127.0.0.1 localhost\n', { mode: 0o640 });
  });
  afterEach(async () => {
    for (const point of points.splice(0).reverse()) execFileSync('umount', [point]);
    noted.splice(0);
    await rm(root, { recursive: true });
  });

  function bind(source: string, point: string, ...more: string[]): void {
    execFileSync('mount', ['--bind', source, point]);
    points.push(point);
    if (more.length > 0) execFileSync('mount', [...more, point]);
  }

  it('are written in place, where that is allowed', async () => {
    bind(path, path);
    const before = await stat(path);
    const hosts = { etcHosts: path, whenMounted };
    await modifyEtcHosts(hosts, 'add', 'node1.lab.test', '10.0.0.1');
    await modifyEtcHosts(hosts, 'remove', 'localhost', null);
    expect(await readFile(path, 'utf8')).to.equal('10.0.0.1\tnode1.lab.test node1\n');
    const { ino, mode } = await stat(path);
    expect([ino, mode]).to.deep.equal([before.ino, before.mode]);
    expect(await readdir(join(root, 'etc'))).to.deep.equal(['hosts']);
    expect(noted).to.deep.equal([path, path]);
  });

  it('are written in place in a directory that is read-only, too', async () => {
    const other = join(root, 'hosts');
    await writeFile(other, 'old and long\n');
    bind(join(root, 'etc'), join(root, 'etc'), '-o', 'remount,bind,ro');
    bind(other, path);
    const attributes = { mode: 0o600, owner: { uid: 1, gid: 2 }, times: { atime: 3, mtime: 4 } };
    await replaceFile(path, 'new\n', { ...attributes, whenMounted });
    expect(await readFile(path, 'utf8')).to.equal('new\n');
    const { mode, uid, gid, mtimeMs } = await stat(path);
    expect([mode & 0o7777, uid, gid, mtimeMs]).to.deep.equal([0o600, 1, 2, 4000]);
  });

  it('keep their content when the new one finds no room', async () => {
    const full = join(root, 'full');
    await mkdir(full);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'none', full]);
    points.push(full);
    await writeFile(join(full, 'hosts'), 'old\n');
    bind(join(full, 'hosts'), path);
    const error = await failureOf(
      replaceFile(path, Buffer.alloc(64 * 1024, 'x'), { whenMounted, mode: 0o644 }),
    );
    expect(error).to.have.property('code', 'ENOSPC');
    expect(await readFile(path, 'utf8')).to.equal('old\n');
    expect(noted).to.deep.equal([]);
  });

  it('are left alone while somebody else has them locked', async () => {
    bind(path, path);
    const holder = await open(path);
    lockExclusively(holder.fd);
    const hosts = { etcHosts: path, whenMounted, lockTimeoutMs: 30 };
    const error = await failureOf(modifyEtcHosts(hosts, 'add', 'a.b', '10.0.0.1'));
    expect(error.message).to.equal(`Failed to lock ${path} in exclusive mode`);
    await holder.close();
    await modifyEtcHosts(hosts, 'add', 'a.b', '10.0.0.1');
  });

  it('are not written in place elsewhere: what only we change stays atomic', async () => {
    bind(path, path);
    expect(await failureOf(replaceFile(path, 'new\n', {}))).to.have.property('code', 'EBUSY');
    expect(await readdir(join(root, 'etc'))).to.deep.equal(['hosts']);
  });
});

describeAsRoot('a daemon in a container', () => {
  const node = useNode();

  it('changes and takes files that are mount points, and warns of each once', async () => {
    const paths = ['etc/hosts', 'lib/rapi.pem', 'lib/ssconf_cluster_name'].map((name) =>
      join(node().stateDir, name),
    );
    const [hosts = '', pem = '', name = ''] = paths;
    for (const path of paths) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'before\n');
      execFileSync('mount', ['--bind', path, path]);
    }
    try {
      for (const host of ['node1', 'node2'])
        await node().call('etc_hosts_modify', ['add', `${host}.lab.test`, '10.0.0.1']);
      await node().call('upload_file_single', [
        pem,
        [0, 'sent'],
        0o600,
        'root',
        'root',
        null,
        null,
      ]);
      await node().call('write_ssconf_files', [{ cluster_name: 'cluster.lab.test' }]);
      expect(await readFile(hosts, 'utf8')).to.equal('before\n10.0.0.1\tnode2.lab.test node2\n');
      expect(await readFile(pem, 'utf8')).to.equal('sent');
      expect(await readFile(name, 'utf8')).to.equal('cluster.lab.test\n');
      const warned = node().log.filter(({ message }) =>
        message.startsWith('file is a mount point'),
      );
      expect(warned.map(({ path }) => path)).to.have.members(paths);
    } finally {
      for (const path of paths) execFileSync('umount', [path]);
    }
  });
});
