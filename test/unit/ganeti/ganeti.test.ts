import { mkdir, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Ganeti } from '../../../src/ganeti/ganeti.js';
import {
  GANETI_VERSIONS,
  type KnownVersion,
  NEWEST_VERSION,
} from '../../../src/ganeti/versions.js';

/** The lines of Ganeti's constants module that say what it is, between others. */
function constants(name: string, protocol: number, release: string): string {
  return `# Generated automatically from Haskell constant 'releaseVersion' in file 'src/Ganeti/Constants.hs'
RELEASE_VERSION = "${release}"
VERSION_MAJOR = 3
DIR_VERSION = "${name}"
CONFIG_VERSION = 1
PROTOCOL_VERSION = ${protocol}
NV_VERSION = "version"
`;
}

describe('Ganeti.version', () => {
  let root: string;
  let logged: [level: string, message: string, data: object][];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    logged = [];
    await install('3.0', constants('3.0', 3_000_000, '3.0.9'));
    await install('3.1', constants('3.1', 3_010_000, '3.1.1'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function install(name: string, text: string): Promise<void> {
    await mkdir(join(root, name, 'ganeti'), { recursive: true });
    await writeFile(join(root, name, 'ganeti/_constants.py'), text);
  }

  /** As `gnt-cluster upgrade` does it. */
  async function activate(name: string): Promise<void> {
    await rm(join(root, 'share'), { force: true });
    await symlink(join(root, name), join(root, 'share'));
  }

  function make(told?: KnownVersion): Ganeti {
    return new Ganeti({
      shareDir: join(root, 'share'),
      told,
      logger: {
        info: (message, data) => logged.push(['info', message, data]),
        warn: (message, data) => logged.push(['warn', message, data]),
      },
    });
  }

  for (const [name, release] of [
    ['3.0', '3.0.9'],
    ['3.1', '3.1.1'],
  ] as const)
    it(`is ${name} where that is active, with the release that is installed`, async () => {
      await activate(name);
      expect(make().version()).to.deep.equal({ ...GANETI_VERSIONS[name], release });
      expect(logged).to.deep.equal([]);
    });

  it('follows the link to another version, there and back', async () => {
    await activate('3.0');
    const ganeti = make();
    expect(ganeti.version().protocol).to.equal(3_000_000);
    await activate('3.1');
    expect(ganeti.version().protocol).to.equal(3_010_000);
    expect(ganeti.version().memory).to.equal(GANETI_VERSIONS['3.1'].memory);
    await activate('3.0');
    expect(ganeti.version().protocol).to.equal(3_000_000);
    expect(logged).to.deep.equal([
      ['info', 'Ganeti has changed', { from: '3.0.9', to: '3.1.1' }],
      ['info', 'Ganeti has changed', { from: '3.1.1', to: '3.0.9' }],
    ]);
  });

  it('is the newest that is known without Ganeti, and where the link leads nowhere', async () => {
    expect(make().version()).to.equal(NEWEST_VERSION);
    await symlink('/nonexistent', join(root, 'share'));
    expect(make().version()).to.equal(NEWEST_VERSION);
    expect(logged).to.deep.equal([]);
  });

  it('is what it is told to be, whatever is installed', async () => {
    await activate('3.0');
    expect(make('3.1').version()).to.deep.equal(GANETI_VERSIONS['3.1']);
    expect(make('3.0').version()).to.deep.equal({ ...GANETI_VERSIONS['3.0'], release: '3.0.9' });
    await unlink(join(root, 'share'));
    expect(make('3.0').version()).to.deep.equal(GANETI_VERSIONS['3.0']);
  });

  it('has the numbers of a newer one, else behaves as for the newest that is known, and says so once', async () => {
    await install('3.2', constants('3.2', 3_020_000, '3.2.0~alpha1'));
    await activate('3.2');
    const ganeti = make();
    for (let call = 0; call < 3; call++)
      expect(ganeti.version()).to.deep.equal({
        ...NEWEST_VERSION,
        name: '3.2',
        protocol: 3_020_000,
        release: '3.2.0~alpha1',
      });
    expect(logged).to.deep.equal([
      ['warn', 'this Ganeti is newer than what is known of it', { release: '3.2.0~alpha1' }],
    ]);
  });

  it('is the oldest that is known where an older one is active, and says so once', async () => {
    await install('2.16', constants('2.16', 2_160_000, '2.16.2'));
    await activate('2.16');
    const ganeti = make();
    for (let call = 0; call < 3; call++) expect(ganeti.version()).to.equal(GANETI_VERSIONS['3.0']);
    expect(logged).to.deep.equal([
      ['warn', 'this Ganeti is too old: its master will refuse this node', { release: '2.16.2' }],
    ]);
  });

  for (const [what, text] of [
    ['an empty module', ''],
    ['one that was cut short', 'RELEASE_VERSION = "3.1.0"\nDIR_VERSION = "3.1"\nPROTOCOL_VER'],
    ['numbers that are none', constants('3.1', Number.NaN, '3.1.0')],
  ] as const)
    it(`is the newest that is known for ${what}, and says so once`, async () => {
      await install('3.0', text);
      await activate('3.0');
      const ganeti = make();
      for (let call = 0; call < 3; call++) expect(ganeti.version()).to.equal(NEWEST_VERSION);
      expect(logged.map(([level, message]) => [level, message])).to.deep.equal([
        ['warn', "can't tell the version of Ganeti"],
      ]);
      const [, , data] = logged[0] ?? [];
      expect(data).to.have.property('file', join(root, 'share/ganeti/_constants.py'));
      expect(data)
        .to.have.property('reason')
        .that.matches(/^there is no [A-Z]+_VERSION in it$/);
    });
});

describe('GANETI_VERSIONS', () => {
  for (const [name, version] of Object.entries(GANETI_VERSIONS))
    it(`has the numbers that follow from the name ${name}`, () => {
      const [major = 0, minor = 0] = name.split('.').map(Number);
      expect(version.name).to.equal(name);
      expect(version.protocol).to.equal(major * 1_000_000 + minor * 10_000);
      expect(version.release.startsWith(`${name}.`)).to.equal(true);
    });
});
