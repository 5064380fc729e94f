import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RpcFailure } from '../../../../src/errors.js';
import { StatusFolders } from '../../../../src/instance/export/status-folders.js';
import { failureOf } from '../../../support/failure.js';

describe('StatusFolders.read', () => {
  let directory: string;
  let folders: StatusFolders;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'noded-test-'));
    folders = new StatusFolders({ directory });
    await mkdir(join(directory, 'one'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('gives what the helper has written', async () => {
    await writeFile(join(directory, 'one/status'), '{"progress_percent": 7}');
    expect(await folders.read('one')).to.deep.equal({ progress_percent: 7 });
  });

  it('gives null as long as nothing is written', async () => {
    expect(await folders.read('one')).to.be.null;
    await writeFile(join(directory, 'one/status'), '');
    expect(await folders.read('one')).to.be.null;
  });

  it('refuses what cannot be the name of a folder', async () => {
    for (const name of ['..', '', 'a/b', 'a\0b', 'é'.repeat(128)])
      expect(await failureOf(folders.read(name))).to.be.instanceOf(RpcFailure);
    expect(await folders.read('é'.repeat(127))).to.be.null;
  });

  it('says which file is not JSON', async () => {
    await writeFile(join(directory, 'one/status'), '{"progress');
    const error = await failureOf(folders.read('one'));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal(`The status file '${directory}/one/status' is not JSON`);
  });
});
