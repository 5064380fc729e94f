import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { NodeError, RpcFailure } from '../../../../src/base/errors.js';
import { GANETI_VERSIONS, type KnownVersion } from '../../../../src/ganeti/versions.js';
import {
  type Upload,
  uploadableFiles,
  uploadFile,
  type UploadsParts,
} from '../../../../src/node/files/uploads.js';
import { withLockedFile } from '../../../../src/system/file/file-lock.js';
import { failureOf } from '../../storage/fixtures.js';
import { OWNER, recordedParams } from '../fixtures.js';

describe('uploadableFiles', () => {
  it('are those of Ganeti', () => {
    const files = uploadableFiles({
      dataDir: '/var/lib/ganeti',
      confDir: '/etc/ganeti',
      etcHosts: '/etc/hosts',
    });
    expect(files.sort()).to.deep.equal([
      '/etc/ganeti/kvm-vif-bridge',
      '/etc/ganeti/vnc-cluster-password',
      '/etc/hosts',
      '/etc/xen/scripts/vif-bridge',
      '/etc/xen/xen/xl.conf',
      '/etc/xen/xend-config.sxp',
      '/var/lib/ganeti/cluster-domain-secret',
      '/var/lib/ganeti/config.data',
      '/var/lib/ganeti/hmac.key',
      '/var/lib/ganeti/known_hosts',
      '/var/lib/ganeti/rapi.pem',
      '/var/lib/ganeti/rapi/users',
      '/var/lib/ganeti/spice-ca.pem',
      '/var/lib/ganeti/spice.pem',
    ]);
  });
});

describe('uploadFile', () => {
  let root: string;
  let path: string;
  let uploads: UploadsParts;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(root, 'config.data');
    uploads = makeUploads();
  });
  afterEach(() => rm(root, { recursive: true }));

  function makeUploads(nodeRoot?: string, version: KnownVersion = '3.0'): UploadsParts {
    const ids: Record<string, number> = {
      'gnt-masterd': OWNER.uid,
      'gnt-confd': OWNER.gid,
      'gnt-metad': OWNER.uid,
    };
    const accounts = {
      uid: (name: string) => Promise.resolve(ids[name]),
      gid: (name: string) => Promise.resolve(ids[name]),
    };
    return {
      dataDir: root,
      confDir: join(root, 'etc'),
      etcHosts: join(root, 'etc/hosts'),
      nodeRoot,
      accounts,
      ganeti: { version: () => GANETI_VERSIONS[version] },
      lockTimeoutMs: 50,
      limitBytes: 1024 * 1024,
    };
  }

  function upload(changes: Partial<Upload> = {}): Promise<void> {
    return uploadFile(uploads, {
      fileName: path,
      content: [0, 'text\n'],
      mode: 0o100640,
      user: 'gnt-masterd',
      group: 'gnt-confd',
      atime: 1795392630.25,
      mtime: 1795392628.5,
      ...changes,
    });
  }

  it('replaces a file, with owner, mode and times', async () => {
    await writeFile(path, 'a longer text than the new one');
    await upload();
    expect(await readFile(path, 'utf8')).to.equal('text\n');
    const { mode, uid, gid, mtimeMs } = await stat(path);
    expect({ mode, uid, gid, mtimeMs }).to.deep.equal({
      mode: 0o100640,
      ...OWNER,
      mtimeMs: 1795392628500,
    });
  });

  it("gives a file to the metadata daemon's user for Ganeti 3.1, whose master may ask for it", async () => {
    expect((await failureOf(upload({ user: 'gnt-metad' }))).message).to.equal(
      "Unknown Ganeti user 'gnt-metad'",
    );
    uploads = makeUploads(undefined, '3.1');
    await upload({ user: 'gnt-metad' });
    expect((await stat(path)).uid).to.equal(OWNER.uid);
  });

  it('takes what was recorded', async () => {
    const [[fileName, content, mode, user, group, atime, mtime] = []] =
      recordedParams('upload_file_single');
    expect(fileName).to.equal('/var/lib/ganeti/config.data');
    await upload({ content, mode, user, group, atime, mtime } as Partial<Upload>);
    expect(JSON.parse(await readFile(path, 'utf8'))).to.have.property('cluster');
  });

  it('leaves mode and times open', async () => {
    await upload({ mode: null, atime: null, mtime: null });
    const { mode, mtimeMs } = await stat(path);
    expect(mode & 0o777).to.equal(0o600);
    expect(Date.now() - mtimeMs).to.be.below(60_000);
    expect((await failureOf(upload({ atime: null }))).message).to.equal(
      'Both atime and mtime must be either set or None',
    );
  });

  it('replaces a link instead of following it', async () => {
    await writeFile(join(root, 'passwd'), 'safe');
    await symlink('passwd', path);
    await upload();
    expect(await readFile(join(root, 'passwd'), 'utf8')).to.equal('safe');
    expect((await lstat(path)).isFile()).to.be.true;
  });

  it('refuses any other file', async () => {
    for (const name of ['passwd', 'config.data/', './config.data', 'rapi/../config.data', '']) {
      const fileName = `${root}/${name}`;
      const error = await failureOf(upload({ fileName }));
      expect(error).to.be.instanceOf(RpcFailure);
      expect(error.message).to.equal(
        `Filename passed to UploadFile not in allowed upload targets: '${fileName}'`,
      );
    }
    expect((await failureOf(upload({ fileName: 'config.data' }))).message).to.equal(
      "Filename passed to UploadFile is not absolute: 'config.data'",
    );
    expect(await readdir(root)).to.be.empty;
  });

  it('refuses owners that are not of Ganeti, or not of this node', async () => {
    for (const [changes, message] of [
      [{ user: 'nobody' }, "Unknown Ganeti user 'nobody'"],
      [{ group: '0' }, "Unknown Ganeti group '0'"],
      [{ user: 'gnt-rapi' }, "User 'gnt-rapi' not found"],
      [{ group: 'gnt-admin' }, "Group 'gnt-admin' not found"],
    ] as const) {
      const error = await failureOf(upload(changes));
      expect(error).to.be.instanceOf(NodeError);
      expect(error.message).to.equal(message);
    }
  });

  it('leaves the old file, and nothing else, when the content is broken or too large', async () => {
    await writeFile(path, 'old');
    const large = deflateSync(Buffer.alloc(2 * 1024 * 1024)).toString('base64');
    for (const text of [large, large.slice(0, 100)])
      await failureOf(upload({ content: [1, text] }));
    expect(await readFile(path, 'utf8')).to.equal('old');
    expect(await readdir(root)).to.deep.equal(['config.data']);
  });

  it('waits in vain for a file that another program has locked', async () => {
    await writeFile(path, 'old');
    await withLockedFile(path, { timeoutMs: 0 }, async () => {
      expect(await failureOf(upload())).to.have.property('kind', 'busy');
    });
    await upload();
  });

  it('says why it could not be written', async () => {
    const fileName = join(root, 'rapi/users');
    expect((await failureOf(upload({ fileName }))).message).to.equal(
      `Can't write '${fileName}': No such file or directory`,
    );
    await mkdir(path);
    expect((await failureOf(upload())).message).to.equal(
      `Can't write '${path}': Illegal operation on a directory`,
    );
  });

  it('takes virtual paths in a virtual cluster', async () => {
    uploads = makeUploads(root);
    await upload({ fileName: '/###-VIRTUAL-PATH-###,/config.data' });
    expect(await readFile(path, 'utf8')).to.equal('text\n');
    expect((await failureOf(upload())).message).to.equal(`Path '${path}' is not a virtual path`);
  });
});
