import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { loadConfig, type Paths } from '../../src/config/config.js';
import { parseOptions } from '../../src/config/options.js';
import { prepareStateDir } from '../../src/state-dir.js';
import { CommandError, Commands } from '../../src/system/command/command.js';
import { localAddresses } from '../../src/system/network/local-names.js';
import { FakeCommands } from '../support/fakes/fake-commands.js';
import { failureOf } from './storage/fixtures.js';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('prepareStateDir', () => {
  let directory: string;
  let paths: Paths;
  let commands: FakeCommands;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    paths = loadConfig(parseOptions(['--state-dir', directory])).paths;
    commands = new FakeCommands(() => ({ stdout: 'key and certificate\n' }));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('makes the directories, which others cannot read', async () => {
    await prepareStateDir(paths, { commands, certificateFor: undefined });
    expect(await readdir(directory)).to.have.members(['etc', 'file-storage', 'lib', 'os']);
    for (const name of await readdir(directory))
      expect((await stat(join(directory, name))).mode & 0o007, name).to.equal(0);
  });

  it('allows its own directory for disk images', async () => {
    await prepareStateDir(paths, { commands, certificateFor: undefined });
    expect(await readFile(join(directory, 'etc/file-storage-paths'), 'utf8')).to.equal(
      `${directory}/file-storage\n`,
    );
  });

  it('makes no certificate unless one is needed', async () => {
    await prepareStateDir(paths, { commands, certificateFor: undefined });
    expect(commands.runs).to.deep.equal([]);
    await prepareStateDir(paths, { commands, certificateFor: '127.0.0.1' });
    const certificate = join(directory, 'lib/server.pem');
    expect(await readFile(certificate, 'utf8')).to.equal('key and certificate\n');
    expect((await stat(certificate)).mode & 0o777).to.equal(0o400);
  });

  it('leaves what is there as it is', async () => {
    await mkdir(join(directory, 'etc'));
    await mkdir(join(directory, 'lib'));
    await writeFile(join(directory, 'etc/file-storage-paths'), '/srv\n');
    await writeFile(join(directory, 'lib/server.pem'), 'mine\n');
    for (let time = 0; time < 2; time++)
      await prepareStateDir(paths, { commands, certificateFor: '127.0.0.1' });
    expect(await readFile(join(directory, 'etc/file-storage-paths'), 'utf8')).to.equal('/srv\n');
    expect(await readFile(join(directory, 'lib/server.pem'), 'utf8')).to.equal('mine\n');
    expect(commands.runs).to.deep.equal([]);
  });

  it('makes no list of directories for an installation of Ganeti', async () => {
    await prepareStateDir(
      { ...paths, fileStorageDir: undefined },
      { commands, certificateFor: undefined },
    );
    expect(await readdir(join(directory, 'etc'))).to.deep.equal([]);
  });

  it('leaves no half certificate when openssl fails', async () => {
    commands.end = () => ({ exitCode: 1, stdout: 'half a key' });
    const preparing = prepareStateDir(paths, { commands, certificateFor: '127.0.0.1' });
    expect(await failureOf(preparing)).to.be.instanceOf(CommandError);
    expect(await readdir(join(directory, 'lib'))).to.deep.equal([]);
  });

  const NAMES: [listensOn: string, names: string[]][] = [
    ['127.0.0.1', []],
    ['192.0.2.7', ['IP Address:192.0.2.7']],
    ['2001:db8::7', ['IP Address:2001:DB8:0:0:0:0:0:7']],
    ['fe80::7%eth0', ['IP Address:FE80:0:0:0:0:0:0:7']],
    ['node1.example.com', ['DNS:node1.example.com']],
    [
      '0.0.0.0',
      localAddresses()
        .filter((address) => isIP(address) === 4)
        .map((address) => `IP Address:${address}`),
    ],
  ];
  for (const [listensOn, names] of NAMES)
    it(`says in the certificate who listens on ${listensOn}`, async () => {
      await prepareStateDir(paths, { commands: new Commands(), certificateFor: listensOn });
      const { subjectAltName = '' } = new X509Certificate(
        await readFile(join(directory, 'lib/server.pem')),
      );
      expect(subjectAltName.split(', ')).to.include.members([
        `DNS:${hostname()}`,
        ...['DNS:ganeti.example.com', 'DNS:localhost'],
        ...['IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1'],
        ...names,
      ]);
    });

  it('makes a certificate that the real openssl signs, with its key', async () => {
    await prepareStateDir(paths, { commands: new Commands(), certificateFor: '127.0.0.1' });
    const pem = await readFile(join(directory, 'lib/server.pem'));
    const certificate = new X509Certificate(pem);
    expect(certificate.subject).to.equal('CN=ganeti.example.com');
    expect(certificate.verify(createPublicKey(createPrivateKey(pem)))).to.be.true;
    expect(Date.parse(certificate.validTo) - Date.now()).to.be.greaterThan(1824 * DAY_MS);
  });
});
