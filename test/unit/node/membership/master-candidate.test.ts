import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SYSTEM_CLOCK } from '../../../../src/base/clock.js';
import { MasterCandidate } from '../../../../src/node/membership/master-candidate.js';
import { failureOf } from '../../storage/fixtures.js';

describe('MasterCandidate.demote', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    await writeFile(join(root, 'config.data'), '{"cluster": 1}', { mode: 0o644 });
  });
  afterEach(() => rm(root, { recursive: true }));

  function candidate({ master = 'node1', isRunning = false } = {}): MasterCandidate {
    return new MasterCandidate({
      clock: SYSTEM_CLOCK,
      configPath: join(root, 'config.data'),
      ssconf: { masterNode: () => master },
      nodeNames: { own: () => Promise.resolve('node2') },
      daemons: { isRunning: () => Promise.resolve(isRunning) },
    });
  }

  it('removes the configuration and keeps a copy for root', async () => {
    await candidate().demote();
    const [copy = '', ...others] = await readdir(root);
    expect(others).to.be.empty;
    expect(copy).to.match(
      /^config\.data\.backup-\d{4}-\d\d-\d\d_\d\d_\d\d_\d\d\.[A-Za-z0-9_-]{8}$/,
    );
    expect(await readFile(join(root, copy), 'utf8')).to.equal('{"cluster": 1}');
    expect((await stat(join(root, copy))).mode & 0o777).to.equal(0o600);
  });

  it('is content when there is none', async () => {
    await candidate().demote();
    await candidate().demote();
    expect(await readdir(root)).to.have.lengthOf(1);
  });

  it('does nothing on the master, or beside its daemons', async () => {
    expect((await failureOf(candidate({ master: 'node2' }).demote())).message).to.equal(
      "ssconf status shows I'm the master node, will not demote",
    );
    expect((await failureOf(candidate({ isRunning: true }).demote())).message).to.equal(
      'The master daemon is running, will not demote',
    );
    expect(await readdir(root)).to.deep.equal(['config.data']);
  });
});
