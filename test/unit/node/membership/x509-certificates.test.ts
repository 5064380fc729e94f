import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  createX509Certificate,
  removeX509Certificate,
  type X509CertificatesParts,
} from '../../../../src/node/membership/x509-certificates.js';
import { type CommandRunner, Commands } from '../../../../src/system/command/command.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands } from '../fixtures.js';

const NOW = new Date('2026-01-02T03:04:05.678Z');

describe('X.509 certificates', () => {
  let root: string;
  let directory: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    directory = join(root, 'crypto');
  });
  afterEach(() => rm(root, { recursive: true }));

  function certificates(commands: CommandRunner = new Commands()): X509CertificatesParts {
    return {
      cryptoKeysDir: directory,
      network: { hostname: () => 'node1.lab.test' },
      ownNames: () => Promise.resolve(['node1.lab.test', 'ganeti.example.com']),
      commands,
      clock: { wallTime: () => NOW },
    };
  }

  it('makes a key and a certificate, and removes them', async () => {
    const [name, pem] = await createX509Certificate(certificates(), 3600);
    expect(name).to.match(/^x509-\d{4}-\d\d-\d\d_\d\d_\d\d_\d\d-\w{6}$/);
    expect(await readdir(join(directory, name))).to.have.members(['cert', 'key']);
    for (const file of ['cert', 'key'])
      expect((await stat(join(directory, name, file))).mode & 0o777).to.equal(0o400);
    const certificate = new X509Certificate(pem);
    expect(certificate.subject).to.equal('CN=node1.lab.test');
    expect(certificate.subjectAltName).to.equal('DNS:node1.lab.test, DNS:ganeti.example.com');
    expect(new Date(certificate.validFrom).toISOString()).to.equal('2026-01-02T03:04:05.000Z');
    expect(new Date(certificate.validTo).toISOString()).to.equal('2026-01-02T04:04:05.000Z');
    expect(Number.parseInt(certificate.serialNumber, 16)).to.equal(
      Math.floor(NOW.getTime() / 1000),
    );
    expect(certificate.verify(certificate.publicKey)).to.be.true;
    const key = await readFile(join(directory, name, 'key'), 'utf8');
    expect(certificate.checkPrivateKey(createPrivateKey(key))).to.be.true;
    await removeX509Certificate(certificates(), name);
    expect(await readdir(directory)).to.be.empty;
  }).timeout(20_000);

  it('makes none that is good for more than a week', async () => {
    const [, pem] = await createX509Certificate(certificates(), 10 ** 9);
    expect(new Date(new X509Certificate(pem).validTo).toISOString()).to.equal(
      '2026-01-09T03:04:05.000Z',
    );
  }).timeout(20_000);

  it('leaves nothing behind when it fails', async () => {
    const commands = new FakeCommands();
    commands.exitCode = 1;
    commands.stderr = 'no entropy';
    expect((await failureOf(createX509Certificate(certificates(commands), 1))).message).to.equal(
      "Can't create certificate: no entropy",
    );
    expect(await readdir(directory)).to.be.empty;
  });

  it('removes nothing else', async () => {
    await mkdir(join(root, 'elsewhere'));
    await mkdir(directory);
    await writeFile(join(root, 'elsewhere/key'), 'safe');
    await symlink('../elsewhere', join(directory, 'x509-link'));
    for (const name of ['', '.', '..', '../elsewhere', 'x509-link', 'x509-none', 'x509-/../..'])
      await failureOf(removeX509Certificate(certificates(), name));
    expect(await readFile(join(root, 'elsewhere/key'), 'utf8')).to.equal('safe');
    expect((await failureOf(removeX509Certificate(certificates(), 'x509-none'))).message).to.equal(
      `Cannot remove certificate directory '${join(directory, 'x509-none')}': No such file or directory`,
    );
  });
});
