import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import { type HookPhase, type HooksParts, runHooks } from '../../../../src/node/programs/hooks.js';
import { Commands } from '../../../../src/system/command/command.js';
import { failureOf } from '../../storage/fixtures.js';
import { loggerTo, recordedParams } from '../fixtures.js';

describe('runHooks', () => {
  let root: string;
  let directory: string;
  let hooks: HooksParts;
  let logged: Record<string, unknown>[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    directory = join(root, 'hooks/node-add-pre.d');
    await mkdir(directory, { recursive: true });
    logged = [];
    hooks = {
      confDir: root,
      commands: new Commands(),
      scriptTimeoutMs: 1000,
      logger: loggerTo(logged),
    };
  });
  afterEach(() => rm(root, { recursive: true }));

  async function hook(name: string, script: string, mode = 0o755): Promise<void> {
    await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(directory, name), mode);
  }

  it('has nothing to do for what was recorded', async () => {
    for (const [path, phase, env] of recordedParams('hooks_runner')) {
      const work = runHooks(hooks, String(path), phase as HookPhase, env as Record<string, string>);
      expect(await work).to.deep.equal([]);
    }
  });

  it('runs scripts by name, one after the other, and reports each', async () => {
    await hook('20-second', 'echo "and $GANETI_OP_TARGET"; echo err >&2; exit 3');
    await hook('10-first', 'echo "  first of $GANETI_OP_CODE"; cat');
    await hook('30-third', 'kill -9 $$');
    await hook('40-last', 'true');
    const env = { GANETI_OP_CODE: 'OP_NODE_ADD', GANETI_OP_TARGET: 'node2' };
    expect(await runHooks(hooks, 'node-add', 'pre', env)).to.deep.equal([
      ['node-add-pre.d/10-first', 2, 'first of OP_NODE_ADD'],
      ['node-add-pre.d/20-second', 1, 'and node2\\nerr'],
      ['node-add-pre.d/30-third', 1, ''],
      ['node-add-pre.d/40-last', 2, ''],
    ]);
    expect(logged[0]).to.deep.equal({
      message: 'hook',
      script: 'node-add-pre.d/10-first',
      status: 2,
    });
  });

  it('gives scripts their environment and nothing of ours', async () => {
    process.env['CHROOT_NODED_SECRET'] = 'x';
    await hook('env', 'pwd; env');
    const [[, , output] = []] = await runHooks(hooks, 'node-add', 'pre', { PATH: '/bin', A: 'b' });
    delete process.env['CHROOT_NODED_SECRET'];
    expect(output).to.match(/^\/\\n/);
    expect(output).to.include('PATH=/bin').and.to.include('A=b').and.not.to.include('SECRET');
  });

  it('passes over what is no script, and sees no hidden files', async () => {
    await hook('readable', 'echo no', 0o644);
    await hook('backup~', 'echo no');
    await hook('.hidden', 'echo no');
    await mkdir(join(directory, 'subdirectory'));
    expect(await runHooks(hooks, 'node-add', 'pre', {})).to.deep.equal(
      ['backup~', 'readable', 'subdirectory'].map((name) => [`node-add-pre.d/${name}`, 0, '']),
    );
    expect(await runHooks(hooks, 'node-add', 'post', {})).to.deep.equal([]);
    expect(await runHooks(hooks, 'a'.repeat(256), 'pre', {})).to.deep.equal([]);
  });

  it('says why a script could not be run', async () => {
    await writeFile(join(directory, 'bad'), '#!/nonexistent\n');
    await chmod(join(directory, 'bad'), 0o755);
    const [[, status, output] = []] = await runHooks(hooks, 'node-add', 'pre', {});
    expect(status).to.equal(1);
    expect(output).to.match(/^Hook script execution error: could not be started/);
  });

  it('does not run a link to what others than root can change, but one within, and one to a file of root', async () => {
    await writeFile(join(root, 'outside'), '#!/bin/sh\ntouch "$(dirname "$0")/ran"\n');
    await chmod(join(root, 'outside'), 0o775);
    await symlink(join(root, 'outside'), join(directory, 'b-link'));
    await hook('a-script', 'echo ran');
    await symlink('a-script', join(directory, 'c-link'));
    await symlink('/bin/true', join(directory, 'd-link'));
    expect(await runHooks(hooks, 'node-add', 'pre', {})).to.deep.equal([
      ['node-add-pre.d/a-script', 2, 'ran'],
      [
        'node-add-pre.d/b-link',
        1,
        'Hook script execution error: it is a link to what others than root can change',
      ],
      ['node-add-pre.d/c-link', 2, 'ran'],
      ['node-add-pre.d/d-link', 2, ''],
    ]);
  });

  it('makes output harmless', async () => {
    await hook('noise', `printf 'a\\tb\\r\\033[2J\\303\\244\\342\\202\\254\\\\x'`);
    const [[, , output] = []] = await runHooks(hooks, 'node-add', 'pre', {});
    expect(output).to.equal('a\\tb\\r\\x1b[2J\\xe4\\u20ac\\x');
  });

  it('ends a script that takes too long, but not the daemon that one has restarted', async () => {
    const pidFile = join(root, 'pid');
    await hook('a-restart', `setsid sh -c 'echo $$ >${pidFile}; exec sleep 60' &\nsleep 0.2`);
    await hook('b-hang', 'echo waiting; sleep 60');
    const begin = performance.now();
    const results = await runHooks(hooks, 'node-add', 'pre', {});
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(performance.now() - begin).to.be.below(5000);
    expect(process.kill(pid, 0)).to.be.true;
    process.kill(pid, 'SIGKILL');
    expect(results).to.deep.equal([
      ['node-add-pre.d/a-restart', 2, ''],
      ['node-add-pre.d/b-hang', 1, 'Hook script execution error: timed out after 1 s; waiting'],
    ]);
  }).timeout(10_000);

  for (const path of ['', '..', '../hooks/node-add', 'node/add', 'node-add\n', 'a\0b'])
    it(`refuses ${JSON.stringify(path)}`, async () => {
      const error = await failureOf(runHooks(hooks, path, 'pre', {}));
      expect(error).to.be.instanceOf(RpcFailure);
      expect(error.message).to.equal(`Invalid hooks path '${path}'`);
    });
});
