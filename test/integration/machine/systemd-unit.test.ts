import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { readService, UNIT_PATH } from '../../support/machine/systemd-unit.js';

const run = promisify(execFile);
const PROJECT = new URL('../../../../', import.meta.url).pathname;
const TIMEOUT_MS = 30_000;

/** One of the things that `systemd-analyze security` looks at. */
interface Finding {
  /** With an equals sign, and maybe a value or another name behind it: `User=/DynamicUser=`. */
  readonly name: string;
  /** Part of the overall exposure; null where the setting means nothing. */
  readonly exposure: string | null;
}

/** Asks about the unit file as it is here: no systemd has to run for that. */
async function analyze(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run('systemd-analyze', [...args, UNIT_PATH], { timeout: TIMEOUT_MS });
}

function describeWithSystemd(title: string, suite: () => void): void {
  if (existsSync('/usr/bin/systemd-analyze')) describe(title, suite);
  else describe.skip(`${title} (needs systemd-analyze, of Debian's package systemd)`, suite);
}

describeWithSystemd('the systemd unit', () => {
  it('has no mistakes in the eyes of systemd', async () => {
    // It says what it does not understand, and passes over it.
    expect((await analyze('verify')).stderr).to.equal('');
  });

  it('is not more exposed than it says', async () => {
    const [, stated] = /security` says (\d+\.\d)/.exec(await readFile(UNIT_PATH, 'utf8')) ?? [];
    const { stdout } = await analyze('security', '--offline=true');
    const [, exposure] = /exposure level for \S+: (\d+\.\d)/.exec(stdout) ?? [];
    expect(Number(exposure)).to.be.at.most(Number(stated));
  });

  it('says why of each setting that could lessen its exposure', async () => {
    const { stdout } = await analyze('security', '--offline=true', '--json=short');
    const findings = JSON.parse(stdout) as readonly Finding[];
    const names = findings.filter(({ exposure }) => exposure !== '0').flatMap(settingsOf);
    expect(names).to.include.members(['ProtectSystem=', 'DynamicUser=', 'CapabilityBoundingSet=']);
    const text = await readFile(UNIT_PATH, 'utf8');
    expect(names.filter((name) => !text.includes(name))).to.deep.equal([]);
  });

  it('starts what is in the package, in the foreground', () => {
    const [node, ...words] = readService().get('ExecStart')?.split(' ') ?? [];
    expect(node).to.equal('/usr/bin/node');
    const main = words.find((word) => !word.startsWith('-'));
    expect(main).to.match(/^\/usr\/lib\/chroot-noded\//);
    expect(existsSync(join(PROJECT, (main ?? '').replace('/usr/lib/chroot-noded/', '')))).to.be
      .true;
    expect(words.at(-1)).to.equal('--foreground');
  });
});

/** `RestrictNamespaces=~user` is about `RestrictNamespaces=`. */
function settingsOf({ name }: Finding): string[] {
  return name.match(/\w+=/g) ?? [];
}
