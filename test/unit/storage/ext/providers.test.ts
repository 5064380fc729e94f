import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { BlockDeviceError } from '../../../../src/base/errors.js';
import { ExtProviders } from '../../../../src/storage/ext/providers.js';
import { failureOf, recordingLogger } from '../fixtures.js';
import { makeProvider } from './fixtures.js';

describe('ExtProviders', () => {
  let root: string;
  let path: string;
  let providers: ExtProviders;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(root, 'b', 'pvdr1');
    providers = new ExtProviders({
      searchPath: [join(root, 'a'), join(root, 'b')],
      logger: recordingLogger([]),
    });
    await makeProvider(path);
  });
  afterEach(() => rm(root, { recursive: true }));

  async function failure(name = 'pvdr1'): Promise<string> {
    const error = await failureOf(providers.find(name));
    expect(error).to.be.instanceOf(BlockDeviceError);
    return error.message;
  }

  it('find a provider, with or without the newer scripts', async () => {
    const { scripts } = await providers.find('pvdr1');
    expect(scripts.get('attach')).to.equal(join(path, 'attach'));
    expect(scripts.has('snapshot')).to.be.false;
    await makeProvider(path, { snapshot: '#!/bin/sh\n' });
    expect((await providers.find('pvdr1')).scripts.has('snapshot')).to.be.true;
  });

  it('find the first one of a name', async () => {
    await makeProvider(join(root, 'a', 'pvdr1'));
    expect((await providers.find('pvdr1')).path).to.equal(join(root, 'a', 'pvdr1'));
  });

  it('read the parameters and what they mean', async () => {
    await makeProvider(path, { 'parameters.list': 'fromsnap\tSnapshot to copy\n\nnas_ip\n' });
    expect((await providers.find('pvdr1')).parameters).to.deep.equal([
      ['fromsnap', 'Snapshot to copy'],
      ['nas_ip'],
    ]);
  });

  for (const name of ['', '.', '..', '../b/pvdr1', 'none', 'a b', 'pvdr1/', 'a'.repeat(256)])
    it(`do not find '${name.slice(0, 20)}'`, async () => {
      expect(await failure(name)).to.equal(
        `Directory for External Storage Provider ${name} not found in search path`,
      );
    });

  it('say what is wrong with one', async () => {
    await makeProvider(path, { grow: undefined });
    expect(await failure()).to.equal(
      `File 'grow' under path '${path}' is missing (No such file or directory)`,
    );
    await mkdir(join(path, 'grow'));
    expect(await failure()).to.equal(`File 'grow' under path '${path}' is not a regular file`);
    await makeProvider(path);
    await chmod(join(path, 'detach'), 0o644);
    expect(await failure()).to.equal(`File 'detach' under path '${path}' is not executable`);
    await makeProvider(path, { 'parameters.list': undefined });
    expect(await failure()).to.include("File 'parameters.list' under path");
  });

  it('leave the search path only for what root alone can change', async () => {
    await rm(join(path, 'create'));
    await symlink('/bin/true', join(path, 'create'));
    expect((await providers.find('pvdr1')).scripts.get('create')).to.equal(join(path, 'create'));
    await makeProvider(join(root, 'elsewhere'));
    await chmod(join(root, 'elsewhere'), 0o777);
    await rm(join(path, 'create'));
    await symlink(join(root, 'elsewhere/create'), join(path, 'create'));
    expect(await failure()).to.equal(
      `File 'create' under path '${path}' leads out of the search path, to what others than root can change`,
    );
    await symlink(join(root, 'elsewhere'), join(root, 'b', 'link'));
    expect(await failure('link')).to.include('leads out of the search path');
  });

  it('are diagnosed, all that may be one', async () => {
    await makeProvider(join(root, 'a', 'broken'), { attach: undefined });
    await writeFile(join(root, 'b', 'file'), '');
    await mkdir(join(root, 'b', '.hidden'));
    await makeProvider(path, { 'parameters.list': 'nas_ip The NAS\n' });
    expect(await providers.diagnose()).to.deep.equal([
      [
        'broken',
        join(root, 'a', 'broken'),
        false,
        `File 'attach' under path '${root}/a/broken' is missing (No such file or directory)`,
        [],
      ],
      [
        'file',
        join(root, 'b', 'file'),
        false,
        'Directory for External Storage Provider file not found in search path',
        [],
      ],
      ['pvdr1', path, true, '', [['nas_ip', 'The NAS']]],
    ]);
  });
});
