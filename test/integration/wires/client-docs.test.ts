import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, before, beforeEach, it } from 'mocha';
import { describeAsRoot, useNode } from '../../support/node/suite.js';

const run = promisify(execFile);
const PROJECT = new URL('../../../../', import.meta.url).pathname;
/** A program, and what it prints. */
const EXAMPLE = /^```js\n(.*?)^```\n\n^```text\n(.*?)^```$/gms;
const ALL_PROGRAMS = /^```js$/gm;

const page = readFileSync(join(PROJECT, 'docs/client.md'), 'utf8');
const examples = [...page.matchAll(EXAMPLE)].map(([, program = '', output = '']) => ({
  program,
  output,
}));

describeAsRoot('The examples of docs/client.md', () => {
  const node = useNode({}, () => ({ hasSsl: true }));
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'noded-examples-'));
    await mkdir(join(directory, 'node_modules'));
    await symlink(PROJECT, join(directory, 'node_modules/chroot-noded'));
  });
  beforeEach(async () => {
    const definition = join(node().stateDir, 'os/busybox');
    await cp(join(PROJECT, 'etc/os/busybox'), definition, { recursive: true });
  });
  after(() => rm(directory, { recursive: true }));

  /** The program with the addresses of the test's daemon. */
  function relocated(program: string): string {
    const { stateDir, certificate, target } = node();
    return program
      .replaceAll('/var/run/ganeti', '/srv/noded/run')
      .replaceAll('/srv/noded', stateDir)
      .replaceAll(/\/var\/lib\/ganeti\/\w+\.pem/g, certificate)
      .replaceAll('https://node1.example.com', String(target.url));
  }

  /** The same over HTTPS, if it uses the Unix socket. */
  function overHttps(program: string): string {
    const pem = readFileSync(node().certificate, 'utf8');
    const target = JSON.stringify({ url: node().target.url, cert: pem, ca: pem });
    return program.replace(/\{ socketPath: '[^']+' \}/, () => target);
  }

  async function outputOf(program: string): Promise<string> {
    const file = join(directory, 'example.mjs');
    await writeFile(file, program);
    const { stdout, stderr } = await run(process.execPath, [file], { timeout: 60_000 });
    expect(stderr).to.equal('');
    return stdout;
  }

  it('are found, for the Unix socket and for HTTPS', () => {
    for (const way of ['socketPath: ', "url: 'https:"])
      expect(examples.filter(({ program }) => program.includes(way))).not.to.deep.equal([]);
    expect(examples).to.have.length(page.match(ALL_PROGRAMS)?.length ?? 0);
  });

  for (const { program, output } of examples) {
    const title = /client\.\w+\('([\w.]+)'/.exec(program)?.[1] ?? 'nothing';
    it(`call ${title} and print what the page says, over the Unix socket and over HTTPS`, async () => {
      const here = relocated(program);
      for (const way of new Set([here, overHttps(here)]))
        expect(await outputOf(way)).to.equal(output);
    });
  }
});
