import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import type { EncodedContent } from '../../../../src/node/files/encoded-content.js';
import { JobQueue } from '../../../../src/node/files/job-queue.js';
import type { FileOwner } from '../../../../src/system/file/changes.js';
import { withFileLock } from '../../../../src/system/file/file-lock.js';
import { failureOf } from '../../storage/fixtures.js';
import { OWNER, recordedParams } from '../fixtures.js';

const RECORDED_DIRECTORY = '/var/lib/ganeti/queue';

describe('JobQueue', () => {
  let root: string;
  let directory: string;
  let queue: JobQueue;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    directory = join(root, 'queue');
    queue = makeQueue();
  });
  afterEach(() => rm(root, { recursive: true }));

  function makeQueue(
    nodeRoot?: string,
    owner: () => Promise<FileOwner> = () => Promise.resolve(OWNER),
  ): JobQueue {
    return new JobQueue({
      directory,
      nodeRoot,
      owner,
      lockTimeoutMs: 50,
    });
  }

  function read(name: string): Promise<string> {
    return readFile(join(directory, name), 'utf8');
  }

  async function expectQueueFile(name: string): Promise<void> {
    const { mode, uid, gid } = await stat(join(directory, name));
    expect({ mode: mode & 0o777, uid, gid }).to.deep.equal({ mode: 0o640, ...OWNER });
  }

  describe('prepare', () => {
    it('asks whose the queue is only when something is to be made', async () => {
      let count = 0;
      const queueOwner = () => Promise.resolve((count++, OWNER));
      await makeQueue(undefined, queueOwner).prepare();
      for (const name of ['serial', 'lock', 'version']) await expectQueueFile(name);
      expect(count).to.be.above(0);
      count = 0;
      await makeQueue(undefined, queueOwner).prepare();
      expect(count).to.equal(0);
    });

    it('makes nothing when nobody can say whose it is', async () => {
      const queueOwner = () => Promise.reject(new Error('no answer'));
      await failureOf(makeQueue(undefined, queueOwner).prepare());
      expect(await readdir(root)).to.deep.equal([]);
    });
  });

  describe('update', () => {
    it('writes what was recorded, for the daemons only', async () => {
      const [[fileName, content] = []] = recordedParams('jobqueue_update');
      await queue.update(
        String(fileName).replace(RECORDED_DIRECTORY, directory),
        content as EncodedContent,
      );
      expect(await read('serial')).to.equal('21\n');
      for (const name of ['serial', 'lock', 'version']) await expectQueueFile(name);
      expect(await read('version')).to.equal('1\n');
      const { mode, uid } = await stat(directory);
      expect(mode & 0o777).to.equal(0o750);
      expect(uid).to.equal(OWNER.uid);
    });

    it('opens compressed content, and replaces a file whole or not at all', async () => {
      const job = join(directory, 'job-1');
      await queue.update(job, [1, deflateSync('{"ops": []}').toString('base64')]);
      expect(await read('job-1')).to.equal('{"ops": []}');
      const error = await failureOf(queue.update(job, [1, 'AAAA']));
      expect(error.message).to.match(/^The content cannot be decompressed/);
      expect(await read('job-1')).to.equal('{"ops": []}');
      expect(await readdir(directory)).to.have.members(['job-1', 'lock', 'serial', 'version']);
    });

    it('does not follow a link', async () => {
      await mkdir(directory);
      await writeFile(join(root, 'passwd'), 'safe');
      await symlink('../passwd', join(directory, 'job-1'));
      await queue.update(join(directory, 'job-1'), [0, 'x']);
      expect(await readFile(join(root, 'passwd'), 'utf8')).to.equal('safe');
      expect(await read('job-1')).to.equal('x');
    });

    it('does not leave the queue through a directory that is a link', async () => {
      await mkdir(join(directory, 'archive'), { recursive: true });
      await mkdir(join(root, 'elsewhere'));
      await symlink('../../elsewhere', join(directory, 'archive/0'));
      const error = await failureOf(queue.update(join(directory, 'archive/0/job-1'), [0, 'x']));
      expect(error.message).to.equal(
        `'${join(directory, 'archive/0')}' leads out of the job queue`,
      );
      expect(await readdir(join(root, 'elsewhere'))).to.be.empty;
    });

    for (const name of [
      '',
      'lock',
      'archive',
      '.',
      '..',
      '../config.data',
      'x/../lock',
      './lock',
      'archive/../lock',
      'archive/x/job-1',
      'archive/0',
      'archive/0/',
      'job-1/x',
      '.hidden',
      'job\n1',
      'job\0',
      '/etc/passwd',
    ])
      it(`refuses ${JSON.stringify(name)}`, async () => {
        const path = name.startsWith('/') ? name : `${directory}/${name}`;
        if (name === 'archive/0') await mkdir(join(directory, name), { recursive: true });
        const error = await failureOf(queue.update(path, [0, 'x']));
        expect(error).to.be.instanceOf(RpcFailure);
        if (name !== 'archive/0')
          expect(error.message).to.equal(
            `Passed job queue file '${path}' does not belong to the queue directory '${directory}'`,
          );
      });

    it('refuses a directory whose name begins like that of the queue', async () => {
      const error = await failureOf(queue.update(`${directory}2/job-1`, [0, 'x']));
      expect(error.message).to.match(/^Passed job queue file/);
    });
  });

  describe('rename', () => {
    it('archives what was recorded, and makes the directories', async () => {
      const [[renames] = []] = recordedParams('jobqueue_rename');
      const pairs = (renames as [string, string][]).map(
        ([old, target]) =>
          [old, target].map((name) => name.replace(RECORDED_DIRECTORY, directory)) as [
            string,
            string,
          ],
      );
      await queue.update(join(directory, 'job-96'), [0, 'job']);
      expect(await queue.rename(pairs)).to.deep.equal([null]);
      expect(await read('archive/0/job-96')).to.equal('job');
      expect(await readdir(directory)).not.to.include('job-96');
      const { mode, uid } = await stat(join(directory, 'archive/0'));
      expect({ mode: mode & 0o777, uid }).to.deep.equal({ mode: 0o750, uid: OWNER.uid });
    });

    it('says what could not be renamed', async () => {
      const [old, target] = [join(directory, 'job-1'), join(directory, 'archive/0/job-1')];
      expect((await failureOf(queue.rename([[old, target]]))).message).to.equal(
        `Can't rename job queue file '${old}' to '${target}': No such file or directory`,
      );
    });

    it('renames nothing when one name is wrong', async () => {
      const [old, target] = [join(directory, 'job-1'), join(directory, 'archive/0/job-1')];
      await queue.update(old, [0, 'job']);
      await failureOf(
        queue.rename([
          [old, target],
          [old, '/etc/shadow'],
        ]),
      );
      expect(await read('job-1')).to.equal('job');
    });
  });

  it('purges jobs and archived jobs, but not its lock', async () => {
    for (const name of ['job-1', 'drain']) await queue.update(join(directory, name), [0, '']);
    await mkdir(join(directory, 'archive/3'), { recursive: true });
    await writeFile(join(directory, 'archive/3/job-30001'), '');
    await mkdir(join(root, 'elsewhere'));
    await writeFile(join(root, 'elsewhere/file'), '');
    await symlink('../../elsewhere', join(directory, 'archive/4'));
    await queue.purge();
    expect(await readdir(directory)).to.have.members(['archive', 'lock']);
    expect(await readdir(join(directory, 'archive/3'))).to.be.empty;
    expect(await readdir(join(root, 'elsewhere'))).to.deep.equal(['file']);
  });

  it('purges its lock, too, when the node leaves: no cluster can be made where there is one', async () => {
    await queue.update(join(directory, 'job-1'), [0, '']);
    await queue.purge({ withLock: true });
    expect(await readdir(directory)).to.deep.equal([]);
    await queue.setDrainFlag(false);
    expect(await readdir(directory)).to.have.members(['lock', 'serial', 'version']);
  });

  it('sets and clears the drain flag, however often', async () => {
    for (let round = 0; round < 2; round++) {
      await queue.setDrainFlag(true);
      await queue.setDrainFlag(true);
      expect(await read('drain')).to.equal('');
      await expectQueueFile('drain');
      await queue.setDrainFlag(false);
      await queue.setDrainFlag(false);
      expect(await readdir(directory)).not.to.include('drain');
    }
  });

  it('changes nothing while another program holds the lock', async () => {
    await queue.setDrainFlag(false);
    await withFileLock(join(directory, 'lock'), { timeoutMs: 0 }, async () => {
      for (const work of [
        () => queue.update(join(directory, 'job-1'), [0, '']),
        () => queue.rename([]),
        () => queue.purge(),
        () => queue.setDrainFlag(true),
      ])
        expect(await failureOf(work())).to.have.property('kind', 'busy');
    });
    expect(await readdir(directory)).to.have.members(['lock', 'serial', 'version']);
  });

  it('refuses a queue of another version', async () => {
    await mkdir(directory);
    await writeFile(join(directory, 'version'), '2\n');
    expect((await failureOf(queue.setDrainFlag(true))).message).to.equal(
      'Found job queue version 2, expected 1',
    );
  });

  it('takes virtual paths in a virtual cluster, and no others', async () => {
    queue = makeQueue(root);
    await queue.update('/###-VIRTUAL-PATH-###,/queue/job-1', [0, 'x']);
    expect(await read('job-1')).to.equal('x');
    const error = await failureOf(queue.update(join(directory, 'job-1'), [0, 'y']));
    expect(error.message).to.equal(`Path '${join(directory, 'job-1')}' is not a virtual path`);
  });
});
