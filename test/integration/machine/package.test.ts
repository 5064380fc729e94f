import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { describeAsRoot, useNode } from '../../support/node/suite.js';

const run = promisify(execFile);
const PROJECT = new URL('../../../../', import.meta.url).pathname;
const NAME = /^chroot-noded-\d+\.\d+\.\d+\.tgz$/;

/** What the package is made of; of what is built all, to see that only what is needed gets in. */
const SOURCES = [
  ...['dist', 'src', 'rpc-schema', 'etc', 'docs', 'scripts', 'tools', 'test/support'],
  ...['package.json', 'package-lock.json', '.npmrc', 'README.md', 'CHANGELOG.md', 'LICENSE'],
  'SECURITY.md',
];

/** All that a package may hold. */
const EXPECTED = [
  /^dist\/bundle\/[\w-]+\.js$/,
  // The client, with its types.
  /^dist\/src\/(?:base|client|generated)\/[\w-]+\.(?:js|d\.ts)$/,
  /^rpc-schema\/[\w./-]+\.json$/,
  /^docs\/(?:design\/)?[\w-]+\.(?:md|svg)$/,
  /^etc\/(?:os|systemd)\/[\w./-]+$/,
  /^etc\/chroot-noded\.(?:schema\.)?json$/,
  /^etc\/ganeti-noded\.sh$/,
  /^node_modules\//,
  /^(?:README\.md|CHANGELOG\.md|SECURITY\.md|LICENSE|package\.json|scripts\/install-noded)$/,
];

const TSC = join(PROJECT, 'node_modules/typescript/bin/tsc');
/** Does not compile where the client has no types. */
const PROGRAM = `
import { Client, JsonRpcError } from 'chroot-noded/client';
const client = new Client({ socketPath: process.argv[2] ?? '' });
const version = await client.call('version');
console.log((version / 100).toFixed(1));
// @ts-expect-error -- the duration is a number
await client.call('test_delay', { duration: '1' }).catch((error: unknown) => {
  console.log(error instanceof JsonRpcError ? error.kind : error);
});
await client.close();
`;

/** Checks the project out anew, as far as that matters. */
async function checkOut(directory: string, permissions: string, time: string): Promise<void> {
  for (const source of SOURCES) {
    await mkdir(dirname(join(directory, source)), { recursive: true });
    await cp(join(PROJECT, source), join(directory, source), { recursive: true });
  }
  await symlink(join(PROJECT, 'node_modules'), join(directory, 'node_modules'));
  await run('chmod', ['-R', permissions, directory]);
  await run('find', [directory, '-exec', 'touch', '-d', time, '{}', '+']);
}

/** @returns the path of the package, beside the project */
async function makePackage(project: string, umask: string): Promise<string> {
  const target = await mkdtemp(`${project}-package-`);
  const script = join(project, 'scripts/make-package');
  const { stdout } = await run('sh', ['-c', `umask ${umask} && "$0" "$1"`, script, target]);
  expect(stdout.trim()).to.match(NAME);
  return join(target, stdout.trim());
}

async function digest(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

describe('the package', () => {
  let work = '';
  let path = '';
  before(async () => {
    work = await mkdtemp(join(tmpdir(), 'noded-package-'));
    await checkOut(join(work, 'one'), 'u=rwX,go=rX', '2001-02-03');
    path = await makePackage(join(work, 'one'), '022');
  });
  after(() => rm(work, { recursive: true }));

  it('has the same bytes from another directory, at another time, by somebody with another umask', async () => {
    const other = join(work, 'two');
    await checkOut(other, 'go=', '2022-03-04');
    // What the compiler made of a source file that is gone.
    for (const gone of ['system/gone.js', 'client/gone.d.ts'])
      await writeFile(join(other, 'dist/src', gone), '');
    expect(await digest(await makePackage(other, '077'))).to.equal(await digest(path));
  });

  it('holds what is needed to run, and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', path]);
    const names = stdout
      .trim()
      .replace(/^package\//gm, '')
      .split('\n');
    expect(names).to.include.members([
      'dist/bundle/main.js',
      'etc/ganeti-noded.sh',
      'etc/systemd/chroot-noded.service',
      'SECURITY.md',
    ]);
    expect(names.filter((name) => !EXPECTED.some((form) => form.test(name)))).to.deep.equal([]);
    const packages = new Set(
      names.map((name) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1]),
    );
    expect([...packages])
      .to.include.members(['winston', 'koffi'])
      .and.not.include('mocha');
  });

  describeAsRoot('installed where nothing else is', () => {
    const program = (name: string) => join(work, 'package/dist/bundle', name);
    before(() => run('tar', ['-xzf', path, '-C', work]));
    const node = useNode({}, () => ({
      wrapper: ['sh', '-c', 'shift 2; exec "$0" "$@"', program('main.js')],
    }));

    it('has both programs', async () => {
      const description = await readFile(join(PROJECT, 'package.json'), 'utf8');
      const { version } = JSON.parse(description) as { version: string };
      const config = join(node().stateDir, 'noded.json');
      const { stdout } = await run(program('main.js'), ['--version', '--config', config]);
      expect(stdout).to.equal(`chroot-noded (ganeti 3.0) ${version}\n`);
      const list = await run(program('nodectl.js'), ['--state-dir', node().stateDir, 'list']);
      expect(list.stdout).to.contain('instance_start');
    });

    it('has a client that programs can import, with its types', async () => {
      const directory = join(work, 'program');
      await mkdir(join(directory, 'node_modules/@types'), { recursive: true });
      await symlink(join(work, 'package'), join(directory, 'node_modules/chroot-noded'));
      for (const types of ['@types/node', 'undici-types'])
        await symlink(join(PROJECT, 'node_modules', types), join(directory, 'node_modules', types));
      await writeFile(join(directory, 'package.json'), '{"type": "module"}');
      await writeFile(join(directory, 'program.ts'), PROGRAM);
      const libraries = ['--lib', 'es2023', '--types', 'node', '--skipLibCheck'];
      const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', ...libraries];
      await run(process.execPath, [TSC, ...options, 'program.ts'], { cwd: directory });
      const { stdout } = await run(process.execPath, ['program.js', node().socket], {
        cwd: directory,
      });
      expect(stdout).to.equal('30000.0\ninvalid-params\n');
    });

    it('runs an instance', async () => {
      const instance = await node().makeDisk('inst1');
      await node().start(instance);
      expect(await node().running()).to.deep.equal(['inst1']);
      await node().shutdown(instance);
    });
  });
});
