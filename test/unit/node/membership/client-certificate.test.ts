import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { ClientCertificate } from '../../../../src/node/membership/client-certificate.js';
import { CryptoTokens } from '../../../../src/node/membership/crypto-tokens.js';
import { Commands } from '../../../../src/system/command/command.js';
import { makeClusterIdentity, makeIdentity } from '../../../../tools/kit/certificates.js';
import { failureOf } from '../../storage/fixtures.js';

const DAY_MS = 86_400_000;
const commands = new Commands();

describe('ClientCertificate', function () {
  this.timeout(60_000);
  let root: string;
  let path: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(root, 'client.pem');
    await writeFile(join(root, 'server.pem'), makeClusterIdentity().pem);
  });
  afterEach(() => rm(path, { force: true }));
  after(() => rm(root, { recursive: true }));

  function certificate(inDays = 0): ClientCertificate {
    const clock = { wallTime: () => new Date(Date.now() + inDays * DAY_MS) };
    return new ClientCertificate({ path, signingPath: join(root, 'server.pem'), commands, clock });
  }

  it('can be made: signed by the cluster, with its key, readable by few', async () => {
    await certificate().createIfMissing('node1.lab.test');
    const pem = await readFile(path);
    const [made, server] = [
      new X509Certificate(pem),
      new X509Certificate(await readFile(join(root, 'server.pem'))),
    ];
    expect(made.subject).to.equal('CN=node1.lab.test');
    expect(made.verify(server.publicKey)).to.be.true;
    expect(made.checkPrivateKey(createPrivateKey(pem))).to.be.true;
    expect((await stat(path)).mode & 0o777).to.equal(0o440);
    expect(await certificate().verify()).to.deep.equal([null, made.fingerprint]);
    expect(await certificate().digest()).to.equal(made.fingerprint);
  });

  it('is not made again', async () => {
    await certificate().createIfMissing('node1');
    const digest = await certificate().digest();
    const tokens = new CryptoTokens({
      certificate: certificate(),
      nodeNames: { own: () => Promise.resolve('node1') },
    });
    expect(
      await tokens.get([
        ['ssl', 'create', {}],
        ['ssl', 'get', null],
        ['ssl', 'delete', {}],
      ]),
    ).to.deep.equal([
      ['ssl', digest],
      ['ssl', digest],
      ['ssl', digest],
    ]);
  });

  it('warns of the end of its days, and then calls it an error', async () => {
    await certificate().createIfMissing('node1');
    const about = 'Certificate expires in about';
    for (const [inDays, state, text] of [
      [1790, null, ''],
      [1796, 'WARNING', `${about} 28 days`],
      [1819, 'ERROR', `${about} 5 days`],
      [1826, 'ERROR', 'Certificate is expired (valid from '],
      [-1, 'WARNING', 'Certificate not yet valid (valid from '],
    ] as const) {
      const [severity, problem] = await certificate(inDays).verify();
      expect(severity, `in ${inDays} days`).to.equal(state);
      if (state !== null) expect(problem).to.contain(`While verifying ${path}: ${text}`);
    }
  });

  it('warns of weak keys, of weak signatures, and of those that signed themselves', async () => {
    await writeFile(path, makeIdentity('node1', { keyBits: 1024, hash: 'sha1' }).pem);
    const [severity, problem] = await certificate().verify();
    expect(severity).to.equal('WARNING');
    expect(problem).to.contain("weak signature algorithm 'sha1WithRSAEncryption'");
    expect(problem).to.contain('weak public/private keypair: 1024 bits, should be at least 2048');
    await writeFile(path, makeIdentity('node1').pem);
    expect(await certificate().verify()).to.deep.equal([
      'WARNING',
      `The certificate '${path}' is self-signed. Please run 'gnt-cluster renew-crypto --new-node-certificates' to get a properly signed certificate.`,
    ]);
  });

  it('is missed, and known from what is none', async () => {
    expect((await certificate().verify())[1]).to.match(/^The client certificate does not exist\./);
    expect((await failureOf(certificate().digest())).message).to.equal(
      `Can't read the client certificate ${path}: No such file or directory`,
    );
    await writeFile(path, 'nonsense');
    const [severity, problem] = await certificate().verify();
    expect(severity).to.equal('ERROR');
    expect(problem).to.contain(`Failed to load X509 certificate ${path}: `);
  });
});

describe('CryptoTokens.get', () => {
  const tokens = new CryptoTokens({
    certificate: {
      digest: () => Promise.resolve('89:73'),
      createIfMissing: () => Promise.reject(new Error('never')),
    },
    nodeNames: { own: () => Promise.resolve('node1') },
  });

  it('tells the digest', async () => {
    expect(await tokens.get([['ssl', 'get', null]])).to.deep.equal([['ssl', '89:73']]);
    expect(await tokens.get([])).to.deep.equal([]);
  });

  it('refuses other tokens and actions', async () => {
    expect((await failureOf(tokens.get([['ssh', 'get', {}]]))).message).to.equal(
      "Token type 'ssh' not supported.",
    );
    expect((await failureOf(tokens.get([['ssl', 'steal', {}]]))).message).to.equal(
      "Action 'steal' is not supported.",
    );
  });
});
