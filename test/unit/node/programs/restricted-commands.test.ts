import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  type RestrictedCommandsParts,
  type RestrictedCommandsRules,
  runRestrictedCommand,
} from '../../../../src/node/programs/restricted-commands.js';
import { Commands } from '../../../../src/system/command/command.js';
import { withFileLock } from '../../../../src/system/file/file-lock.js';
import { failureOf } from '../../storage/fixtures.js';
import { loggerTo } from '../fixtures.js';

const DELAY_MS = 60;

describe('runRestrictedCommand', () => {
  let root: string;
  let directory: string;
  let logged: Record<string, unknown>[];
  let restricted: RestrictedCommandsParts;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    directory = join(root, 'restricted-commands');
    await mkdir(directory, { mode: 0o755 });
    await command('uptime', 'echo up; echo "$#" >&2');
    logged = [];
    restricted = make();
  });
  afterEach(() => rm(root, { recursive: true }));

  function make(changes: Partial<RestrictedCommandsRules> = {}): RestrictedCommandsParts {
    return {
      confDir: root,
      lockDir: root,
      commands: new Commands(),
      logger: loggerTo(logged),
      restrictedCommands: {
        timeoutMs: 10_000,
        owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
        failureDelayMs: DELAY_MS,
        lockTimeoutMs: 10_000,
        ...changes,
      },
    };
  }

  async function command(name: string, script: string, mode = 0o755): Promise<void> {
    await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(directory, name), mode);
  }

  /** That the command is refused, slowly and without a reason, which is in the log. */
  async function expectRefusal(name: string, reason: RegExp): Promise<void> {
    const begin = performance.now();
    const error = await failureOf(runRestrictedCommand(restricted, name));
    expect(error.message).to.equal(`Executing command '${name}' failed`);
    expect(performance.now() - begin).to.be.at.least(DELAY_MS - 5);
    expect(logged.at(-1)?.['reason']).to.match(reason);
  }

  it('gives what a command writes', async () => {
    expect(await runRestrictedCommand(restricted, 'uptime')).to.equal('up\n0\n');
    expect(logged).to.deep.equal([
      { message: 'preparing to run a restricted command', command: 'uptime' },
    ]);
  });

  it('says how a command failed', async () => {
    await command('fail', 'echo "a\\033[2J"; exit 4');
    expect((await failureOf(runRestrictedCommand(restricted, 'fail'))).message).to.equal(
      "Restricted command 'fail' failed: exited with exit code 4; output: a\\x1b[2J\n",
    );
    await command('hang', 'sleep 60');
    expect(
      (await failureOf(runRestrictedCommand(make({ timeoutMs: 200 }), 'hang'))).message,
    ).to.equal("Restricted command 'hang' failed: timed out after 0.2 s; output: ");
  });

  for (const [name, reason] of [
    ['', /Missing command name/],
    ['  ', /Missing command name/],
    ['../uptime', /Invalid command name/],
    ['/bin/true', /Invalid command name/],
    ['..', /forbidden characters/],
    ['up time', /forbidden characters/],
    ['uptime\n', /forbidden characters/],
    ['missing', /No such file/],
  ] as const)
    it(`refuses ${JSON.stringify(name)}`, () => expectRefusal(name, reason));

  it('refuses files that others may change, or that cannot be executed', async () => {
    await command('open', '', 0o775);
    await expectRefusal('open', /Permissions on '.*open' are too permissive/);
    await command('suid', '', 0o4755);
    await expectRefusal('suid', /too permissive/);
    await command('text', '', 0o644);
    await expectRefusal('text', /can't be executed/);
    await mkdir(join(directory, 'directory'));
    await expectRefusal('directory', /can't be executed/);
    await symlink('/bin/true', join(directory, 'link'));
    await expectRefusal('link', /leads out of its directory|not owned by/);
  });

  it('refuses a directory that others may change, or none', async () => {
    await chmod(directory, 0o777);
    await expectRefusal('uptime', /Permissions on '.*commands' are too permissive/);
    await rm(directory, { recursive: true });
    await expectRefusal('uptime', /No such file/);
    await writeFile(directory, '');
    await chmod(directory, 0o755);
    await expectRefusal('uptime', /is not a directory/);
  });

  it('refuses what belongs to somebody else', async () => {
    restricted = make({ owner: { uid: 54321, gid: 0 } });
    await expectRefusal('uptime', /'.*commands' is not owned by 54321:0/);
  });

  it('answers those who ask at once one after the other', async () => {
    const begin = performance.now();
    await Promise.all([expectRefusal('a', /./), expectRefusal('b', /./), expectRefusal('c', /./)]);
    expect(performance.now() - begin).to.be.at.least(DELAY_MS + 15);
  });

  it('refuses everything while another program holds the lock, but lets commands run at once', async () => {
    restricted = make({ lockTimeoutMs: 20 });
    await withFileLock(join(root, 'ganeti-restricted-commands.lock'), { timeoutMs: 0 }, () =>
      expectRefusal('uptime', /Failed to lock/),
    );
    restricted = make();
    await command('wait', 'sleep 0.3');
    const waiting = runRestrictedCommand(restricted, 'wait');
    expect(await runRestrictedCommand(restricted, 'uptime')).to.equal('up\n0\n');
    await waiting;
  });
});
