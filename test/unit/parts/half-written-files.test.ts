import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { loadConfig } from '../../../src/config/config.js';
import { parseOptions } from '../../../src/config/options.js';
import { removeHalfWrittenFiles } from '../../../src/parts/half-written-files.js';
import { recordingLogger } from '../rpc/fakes.js';

const FOLDERS = [
  ...['run/instance-disks', 'run/bdev-cache', 'run/instance-reason'],
  ...['lib', 'lib/queue', 'lib/rapi', 'etc'],
];
const HALF_WRITTEN = '.aB3_-fGhIjKl.new';

describe('removeHalfWrittenFiles', () => {
  let stateDir: string;
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
  });
  afterEach(() => rm(stateDir, { recursive: true }));

  async function remove(): Promise<unknown[]> {
    const { paths } = loadConfig(parseOptions(['--state-dir', stateDir]));
    const { logger, lines } = recordingLogger();
    await removeHalfWrittenFiles(paths, logger);
    return lines;
  }

  async function make(path: string): Promise<string> {
    const whole = join(stateDir, path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, 'half');
    return whole;
  }

  for (const folder of FOLDERS)
    it(`removes what a daemon that was killed has left in ${folder}`, async () => {
      const file = await make(join(folder, HALF_WRITTEN));
      expect(await remove()).to.deep.equal([]);
      expect(existsSync(file)).to.equal(false);
    });

  it('removes links, and not what they lead to', async () => {
    const target = await make('lib/server.pem');
    await symlink(target, join(stateDir, 'lib', HALF_WRITTEN));
    await remove();
    expect(existsSync(target)).to.equal(true);
    expect(existsSync(join(stateDir, 'lib', HALF_WRITTEN))).to.equal(false);
  });

  it('leaves everything else alone', async () => {
    const names = ['.new', 'server.pem.new', '.aB3_-fGhIjKl', '.aB3_-fGhIjKlm.new', 'config.data'];
    const files = await Promise.all(names.map((name) => make(join('lib', name))));
    await remove();
    expect(files.filter((file) => !existsSync(file))).to.deep.equal([]);
  });

  it('is content when there are no folders yet', async () => {
    expect(await remove()).to.deep.equal([]);
  });

  it('says what it could not remove, and goes on', async () => {
    await mkdir(join(stateDir, 'run/instance-disks', HALF_WRITTEN), { recursive: true });
    const file = await make(join('lib', HALF_WRITTEN));
    expect(await remove()).to.have.lengthOf(1);
    expect(existsSync(file)).to.equal(false);
  });
});
