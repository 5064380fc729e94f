import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { makeShownCertificate } from '../../../../src/instance/transfer/shown-certificates.js';
import {
  createStatusDirectory,
  type StatusDirectory,
} from '../../../../src/instance/transfer/status-directories.js';
import { type CommandRunner, Commands } from '../../../../src/system/command/command.js';
import {
  type ClusterCertificateKind,
  makeClusterIdentity,
} from '../../../../tools/kit/certificates.js';
import { FakeCommands, loggerTo } from '../../node/fixtures.js';

const NAMES = ['node2.lab.test', 'ganeti.example.com', 'node2', 'node2-secondary.lab.test'];
const NOW = new Date(2026, 0, 2, 3, 4, 5);

describe('makeShownCertificate', () => {
  let root: string;
  let clusterFile: string;
  let directory: StatusDirectory;
  let logged: Record<string, unknown>[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    clusterFile = join(root, 'server.pem');
    directory = await createStatusDirectory(join(root, 'run'), 'import', 'd', NOW);
    logged = [];
  });
  afterEach(() => rm(root, { recursive: true }));

  async function make(
    kind: ClusterCertificateKind,
    {
      names = NAMES,
      commands = new Commands(),
    }: { names?: string[]; commands?: CommandRunner } = {},
  ): Promise<string> {
    const { pem } = makeClusterIdentity(kind);
    await writeFile(clusterFile, pem);
    await writeFile(directory.caFile, pem.slice(pem.indexOf('-----BEGIN CERT')));
    const shown = {
      serverCertificate: clusterFile,
      ownNames: () => Promise.resolve(names),
      commands,
      clock: { wallTime: () => NOW },
      logger: loggerTo(logged),
    };
    return makeShownCertificate(shown, directory);
  }

  for (const kind of ["Ganeti's own kind", 'an authority'] as const)
    it(`bears every name of this node, and is signed by a server.pem that is ${kind}`, async () => {
      const file = await make(kind);
      expect(file).to.equal(join(directory.path, 'cert'));
      expect(logged).to.deep.equal([]);
      const shown = new X509Certificate(await readFile(file));
      const issuer = new X509Certificate(await readFile(clusterFile));
      for (const name of NAMES) expect(shown.checkHost(name), name).to.equal(name);
      expect(shown.checkHost('node1.lab.test')).to.be.undefined;
      expect(shown.subject).to.equal('O=chroot-noded\nCN=node2.lab.test');
      expect(shown.checkIssued(issuer)).to.be.true;
      expect(shown.verify(issuer.publicKey)).to.be.true;
      expect(shown.publicKey.equals(issuer.publicKey), 'the same key').to.be.true;
      expect([shown.validFrom, shown.validTo]).to.deep.equal([issuer.validFrom, issuer.validTo]);
    });

  it('leaves nothing secret, and nothing else, in the directory of the transfer', async () => {
    const file = await make("Ganeti's own kind");
    expect(await readdir(directory.path)).to.have.members(['ca', 'cert']);
    expect(await readFile(file, 'utf8')).to.match(
      /^-----BEGIN CERT[^]*-----END CERTIFICATE-----\n$/,
    );
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });

  it('is server.pem itself where that can sign none, and says why', async () => {
    expect(await make('one that says it is no authority')).to.equal(clusterFile);
    expect(logged).to.have.lengthOf(1);
    expect(logged[0]).to.include({
      message: "can't make a certificate with this node's names for a transfer",
      transfer: directory.name,
    });
    expect(logged[0]?.['reason']).to.contain('invalid CA certificate');
  });

  it('is server.pem itself where openssl fails, and leaves nothing behind', async () => {
    const commands = new FakeCommands();
    commands.exitCode = 1;
    commands.stderr = 'no entropy';
    expect(await make('an authority', { commands })).to.equal(clusterFile);
    expect(logged[0]?.['reason']).to.equal('no entropy');
    expect(await readdir(directory.path)).to.deep.equal(['ca']);
  });

  it('has room for a name that is longer than a common name may be', async () => {
    const name = `${'n'.repeat(60)}.lab.test`;
    const shown = new X509Certificate(
      await readFile(await make('an authority', { names: [name] })),
    );
    expect(shown.subject).to.equal('O=chroot-noded');
    expect(shown.checkHost(name)).to.equal(name);
  });
});
