import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../src/base/errors.js';
import { findOs } from '../../../src/os/definition.js';
import { failureOf } from '../storage/fixtures.js';
import { makeOs, type OsFiles } from './fixtures.js';

describe('findOs', () => {
  let root: string;
  let directory: string;
  let definitions: readonly string[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    directory = join(root, 'second', 'busybox');
    const searchPath = ['missing', 'first', 'second'].map((name) => join(root, name));
    definitions = searchPath;
    await mkdir(join(root, 'first'));
    await makeOs(directory);
  });
  afterEach(() => rm(root, { recursive: true }));

  async function failure(name = 'busybox'): Promise<string> {
    const error = await failureOf(findOs(definitions, name));
    expect(error).to.be.instanceOf(RpcFailure);
    return error.message;
  }

  it('finds a whole definition, whatever the variant', async () => {
    expect(await findOs(definitions, 'busybox+other')).to.deep.equal({
      name: 'busybox',
      path: directory,
      apiVersions: [20],
      createScript: join(directory, 'create'),
      createScriptUntrusted: undefined,
      exportScript: join(directory, 'export'),
      importScript: join(directory, 'import'),
      renameScript: join(directory, 'rename'),
      verifyScript: join(directory, 'verify'),
      supportedVariants: ['default'],
      supportedParameters: [],
    });
  });

  it('takes the first one in the search path', async () => {
    await makeOs(join(root, 'first', 'busybox'));
    expect(await findOs(definitions, 'busybox')).to.have.property(
      'path',
      join(root, 'first/busybox'),
    );
  });

  it('passes over what is no directory', async () => {
    await writeFile(join(root, 'first', 'busybox'), '');
    expect(await findOs(definitions, 'busybox')).to.have.property('path', directory);
  });

  for (const name of [
    '',
    '.',
    '..',
    '../second/busybox',
    'second/busybox',
    'busybox\n',
    'bu\0x',
    'nosuch',
    'a'.repeat(256),
  ])
    it(`does not find ${JSON.stringify(name.slice(0, 40))}`, async () => {
      expect(await failure(name)).to.equal(`Directory for OS ${name} not found in search path`);
    });

  it('reads variants and parameters', async () => {
    await makeOs(directory, {
      'variants.list': '# some\n\n default \nminimal\r\n',
      'parameters.list': 'dhcp\tWhether to ask  for an address\n\nsize\n  mirror  \n',
    });
    const { supportedVariants, supportedParameters } = await findOs(definitions, 'busybox');
    expect(supportedVariants).to.deep.equal(['default', 'minimal']);
    expect(supportedParameters).to.deep.equal([
      ['dhcp', 'Whether to ask  for an address'],
      ['size'],
      ['mirror'],
    ]);
  });

  it('asks less of older versions', async () => {
    const without = { verify: undefined, 'parameters.list': undefined };
    await makeOs(directory, { ganeti_api_version: '10\n15\n', ...without });
    expect(await findOs(definitions, 'busybox')).to.deep.include({
      apiVersions: [10, 15],
      verifyScript: undefined,
      supportedVariants: ['default'],
    });
    await makeOs(directory, { ganeti_api_version: '10', ...without });
    expect(await findOs(definitions, 'busybox')).to.deep.include({ supportedVariants: [] });
  });

  it('accepts a definition without variants, and one with an untrusted script only', async () => {
    await makeOs(directory, {
      'variants.list': undefined,
      create: undefined,
      create_untrusted: '#!/bin/sh\n',
    });
    expect(await findOs(definitions, 'busybox')).to.deep.include({
      supportedVariants: [],
      createScript: undefined,
      createScriptUntrusted: join(directory, 'create_untrusted'),
    });
  });

  const incomplete: readonly [what: string, files: OsFiles, message: (path: string) => string][] = [
    [
      'no version',
      { ganeti_api_version: undefined },
      (path) =>
        `Required file 'ganeti_api_version' not found under path ${path}: No such file or directory`,
    ],
    [
      'a version that is no number',
      { ganeti_api_version: '20\nnew\n' },
      () => "API version(s) can't be converted to integer: 'new' is not a number",
    ],
    [
      'a blank line among the versions',
      { ganeti_api_version: '20\n\n' },
      () => "API version(s) can't be converted to integer: '' is not a number",
    ],
    [
      'versions that are not spoken',
      { ganeti_api_version: '5\n25\n' },
      (path) => `API version mismatch for path '${path}': found [5, 25], want [10, 15, 20].`,
    ],
    [
      'no versions at all',
      { ganeti_api_version: '' },
      (path) => `API version mismatch for path '${path}': found [], want [10, 15, 20].`,
    ],
    [
      'no create script',
      { create: undefined },
      (path) => `A create script (trusted or untrusted) under path '${path}' must exist`,
    ],
    ...['export', 'import', 'rename', 'verify', 'parameters.list'].map(
      (name): [string, OsFiles, (path: string) => string] => [
        `no ${name}`,
        { [name]: undefined },
        (path) => `File '${name}' under path '${path}' is missing (No such file or directory)`,
      ],
    ),
  ];
  for (const [what, files, message] of incomplete)
    it(`refuses a definition with ${what}`, async () => {
      await makeOs(directory, files);
      expect(await failure()).to.equal(message(directory));
    });

  for (const name of ['create', 'create_untrusted', 'export', 'verify']) {
    it(`refuses a ${name} that cannot be executed`, async () => {
      await makeOs(directory, { [name]: '#!/bin/sh\n' });
      await chmod(join(directory, name), 0o655);
      expect(await failure()).to.equal(
        `File '${name}' under path '${directory}' is not executable`,
      );
    });
  }

  for (const name of ['create', 'rename', 'variants.list', 'parameters.list']) {
    it(`refuses a ${name} that is a directory or a FIFO`, async () => {
      const message = `File '${name}' under path '${directory}' is not a regular file`;
      await rm(join(directory, name));
      execFileSync('mkfifo', [join(directory, name)]);
      expect(await failure()).to.equal(message);
      await rm(join(directory, name));
      await mkdir(join(directory, name));
      expect(await failure()).to.equal(message);
    });
  }

  it('refuses a version file that is a FIFO', async () => {
    await rm(join(directory, 'ganeti_api_version'));
    execFileSync('mkfifo', [join(directory, 'ganeti_api_version')]);
    expect(await failure()).to.equal(
      `File 'ganeti_api_version' in ${directory} is not a regular file`,
    );
  });

  describe('with symbolic links', () => {
    it('refuses a directory or a script that leads to what others than root can change', async () => {
      await makeOs(join(root, 'elsewhere'));
      await chmod(join(root, 'elsewhere'), 0o775);
      await symlink(join(root, 'elsewhere'), join(root, 'first', 'other'));
      expect(await failure('other')).to.equal(
        `OS directory '${join(root, 'first', 'other')}' leads out of the search path, to what others than root can change`,
      );
      await rm(join(directory, 'create'));
      await symlink('../../elsewhere/create', join(directory, 'create'));
      expect(await failure()).to.equal(
        `File 'create' under path '${directory}' leads out of the OS search path, to what others than root can change`,
      );
    });

    it('follows them to programs that root alone can change', async () => {
      await rm(join(directory, 'create'));
      await symlink('/bin/true', join(directory, 'create'));
      await makeOs(join(root, 'elsewhere'));
      await symlink(join(root, 'elsewhere'), join(root, 'first', 'other'));
      expect(await findOs(definitions, 'busybox')).to.include({ path: directory });
      expect(await findOs(definitions, 'other')).to.include({ name: 'other' });
    });

    it('follows them within the search path, and from it', async () => {
      await symlink('../second/busybox', join(root, 'first', 'alias'));
      await symlink('create', join(directory, 'create_untrusted'));
      await rename(join(root, 'second'), join(root, 'real'));
      await symlink('real', join(root, 'second'));
      expect(await findOs(definitions, 'alias')).to.have.property('name', 'alias');
    });

    it('follows them to lists that a package keeps in /etc', async () => {
      await writeFile(join(root, 'variants'), 'big\n');
      await rm(join(directory, 'variants.list'));
      await symlink(join(root, 'variants'), join(directory, 'variants.list'));
      expect(await findOs(definitions, 'busybox')).to.deep.include({ supportedVariants: ['big'] });
    });
  });
});
