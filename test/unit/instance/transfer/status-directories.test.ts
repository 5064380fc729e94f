import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import {
  createStatusDirectory,
  readStatus,
  removeUnstarted,
} from '../../../../src/instance/transfer/status-directories.js';
import { startLasting, stopLasting } from '../../../../src/system/command/detached-program.js';
import { failureOf } from '../../../support/failure.js';
import { DirectLogs } from '../../../support/fakes/direct-logs.js';

describe('readStatus', () => {
  let directory: string;
  let directories: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'noded-test-'));
    directories = directory;
    await mkdir(join(directory, 'one'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('gives what the helper has written', async () => {
    await writeFile(join(directory, 'one/status'), '{"progress_percent": 7}');
    expect(await readStatus(directories, 'one')).to.deep.equal({ progress_percent: 7 });
  });

  it('gives null as long as nothing is written', async () => {
    expect(await readStatus(directories, 'one')).to.be.null;
    await writeFile(join(directory, 'one/status'), '');
    expect(await readStatus(directories, 'one')).to.be.null;
  });

  it('refuses what cannot be the name of a directory', async () => {
    for (const name of ['..', '', 'a/b', 'a\0b', 'é'.repeat(128)])
      expect(await failureOf(readStatus(directories, name))).to.be.instanceOf(RpcFailure);
    expect(await readStatus(directories, 'é'.repeat(127))).to.be.null;
  });

  it('says which file is not JSON', async () => {
    await writeFile(join(directory, 'one/status'), '{"progress');
    const error = await failureOf(readStatus(directories, 'one'));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal(`The status file '${directory}/one/status' is not JSON`);
  });
});

describe('removeUnstarted', () => {
  let directory: string;
  let directories: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'noded-test-'));
    directories = join(directory, 'import-export');
  });
  afterEach(() => rm(directory, { recursive: true }));

  const make = (component: string) =>
    createStatusDirectory(directories, 'import', component, new Date(2026, 0, 1));
  const left = async () =>
    (await readdir(join(directory, 'import-export'))).map((name) => name.split('-')[1]).sort();

  it('removes what never began, and nothing else', async () => {
    await make('forgotten');
    const died = await make('died');
    await writeFile(died.pidFile, '4711\n');
    await writeFile((await make('ended')).statusFile, '{}');
    const running = await make('running');
    const argv = ['/bin/sleep', '100'] as const;
    const log = { path: join(directory, 'log'), limitBytes: 1024 };
    await startLasting(new DirectLogs(), { argv, env: {}, log, pidFile: running.pidFile });
    await writeFile(join(directory, 'import-export/file'), '');
    try {
      await removeUnstarted(directories);
      expect(await left()).to.deep.equal(['ended', 'running', undefined]);
    } finally {
      await stopLasting(running.pidFile, 10_000);
    }
  });

  it('has nothing to do where there was no transfer yet', async () => {
    await removeUnstarted(directories);
  });
});
