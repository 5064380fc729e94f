import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import winston from 'winston';
import { clearLeftovers } from '../../../src/compose/leftovers.js';
import { loadConfig } from '../../../src/config/config.js';
import { parseOptions } from '../../../src/config/options.js';
import { ConfinedCommands } from '../../../src/system/command/confined-commands.js';
import { FakeCgroups } from '../../support/fakes/fake-cgroups.js';
import { FakeCommands } from '../../support/fakes/fake-commands.js';
import { Journal } from '../../support/fakes/journal.js';

const TEMPORARY = '.noded-0123456789ab.new';
const PROGRAM = `program-${process.pid}-7`;

describe('clearLeftovers', () => {
  let stateDir: string;
  let journal: Journal;
  let cgroups: FakeCgroups;
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    journal = new Journal();
    cgroups = new FakeCgroups(journal);
    cgroups.existing.add(PROGRAM);
  });
  afterEach(() => rm(stateDir, { recursive: true }));

  async function clear(): Promise<void> {
    const confined = new ConfinedCommands({
      commands: new FakeCommands(),
      cgroups,
    });
    const logger = winston.createLogger({ silent: true });
    const config = loadConfig(parseOptions(['--state-dir', stateDir]));
    await clearLeftovers(config, { confined, logger });
  }

  async function makeTemporary(directory: string): Promise<void> {
    await mkdir(join(stateDir, directory), { recursive: true });
    await writeFile(join(stateDir, directory, TEMPORARY), 'half');
  }

  it('removes files that were on their way into place, and ends programs', async () => {
    const directories = ['lib', 'lib/queue', 'etc', 'run/instance-disks', 'run/instance-reason'];
    for (const directory of directories) await makeTemporary(directory);
    await writeFile(join(stateDir, 'lib/known_hosts'), 'whole');
    await clear();
    const names = await readdir(stateDir, { recursive: true });
    expect(names.filter((name) => name.endsWith('.new'))).to.deep.equal([]);
    expect(names).to.include('lib/known_hosts');
    expect([...cgroups.existing]).to.deep.equal([]);
  });

  it('removes keys that were being made, and transfers that never began', async () => {
    for (const directory of [
      'crypto/x509-half/work',
      'crypto/x509-whole',
      'import-export/import-1',
    ])
      await mkdir(join(stateDir, 'run', directory), { recursive: true });
    for (const name of ['half', 'whole'])
      await writeFile(join(stateDir, 'run/crypto', `x509-${name}`, 'key'), 'secret');
    await clear();
    expect(await readdir(join(stateDir, 'run'), { recursive: true })).to.have.members([
      ...['crypto', 'crypto/x509-whole', 'crypto/x509-whole/key', 'import-export'],
    ]);
  });

  it('goes on when something cannot be cleared away', async () => {
    await makeTemporary('lib');
    journal.fail(`remove group ${PROGRAM}`);
    await clear();
    expect(await readdir(join(stateDir, 'lib'))).to.deep.equal([]);
  });
});
