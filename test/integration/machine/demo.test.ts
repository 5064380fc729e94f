import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, beforeEach, it } from 'mocha';
import { describeAsRoot } from '../../support/node/suite.js';

const run = promisify(execFile);
const DEMO = new URL('../../../tools/demo/main.js', import.meta.url).pathname;

describeAsRoot('the demo', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'noded-demo-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('shows an instance of the fake hypervisor where nothing can be mounted, and says why', async () => {
    const argv = ['--bounding-set', '-sys_admin', '--', process.execPath, DEMO];
    const env = { ...process.env, TMPDIR: directory };
    const { stdout } = await run('setpriv', argv, { env, timeout: 100_000 });
    expect(stdout).to.match(/^ +missing: capability: CAP_SYS_ADMIN is missing$/m);
    expect(stdout).to.match(/^All of it is as it should be\./m);
    expect(stdout).to.match(/^Not shown, .*CAP_SYS_ADMIN is missing$/ms);
    expect(await readdir(directory)).to.deep.equal([]);
  });
});
