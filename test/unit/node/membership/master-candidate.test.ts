import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SYSTEM_CLOCK } from '../../../../src/base/clock.js';
import {
  demoteFromCandidate,
  type MasterCandidateParts,
} from '../../../../src/node/membership/master-candidate.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands, loggerTo } from '../fixtures.js';

describe('demoteFromCandidate', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    await writeFile(join(root, 'config.data'), '{"cluster": 1}', { mode: 0o644 });
  });
  afterEach(() => rm(root, { recursive: true }));

  function candidate({ master = 'node1', isRunning = false } = {}): MasterCandidateParts {
    const commands = new FakeCommands();
    commands.exitCode = isRunning ? 0 : 1;
    return {
      clock: SYSTEM_CLOCK,
      dataDir: root,
      ssconf: { masterNode: () => master },
      nodeNames: { own: () => Promise.resolve('node2') },
      daemonUtil: 'daemon-util',
      nodeRoot: undefined,
      commands,
      logger: loggerTo([]),
    };
  }

  it('removes the configuration and keeps a copy for root', async () => {
    await demoteFromCandidate(candidate());
    const [copy = '', ...others] = await readdir(root);
    expect(others).to.be.empty;
    expect(copy).to.match(
      /^config\.data\.backup-\d{4}-\d\d-\d\d_\d\d_\d\d_\d\d\.[A-Za-z0-9_-]{8}$/,
    );
    expect(await readFile(join(root, copy), 'utf8')).to.equal('{"cluster": 1}');
    expect((await stat(join(root, copy))).mode & 0o777).to.equal(0o600);
  });

  it('is content when there is none', async () => {
    await demoteFromCandidate(candidate());
    await demoteFromCandidate(candidate());
    expect(await readdir(root)).to.have.lengthOf(1);
  });

  it('does nothing on the master, or beside its daemons', async () => {
    expect((await failureOf(demoteFromCandidate(candidate({ master: 'node2' })))).message).to.equal(
      "ssconf status shows I'm the master node, will not demote",
    );
    expect((await failureOf(demoteFromCandidate(candidate({ isRunning: true })))).message).to.equal(
      'The master daemon is running, will not demote',
    );
    expect(await readdir(root)).to.deep.equal(['config.data']);
  });
});
