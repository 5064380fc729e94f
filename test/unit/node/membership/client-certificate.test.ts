import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { SYSTEM_CLOCK } from '../../../../src/base/clock.js';
import {
  certificateDigest,
  type ClientCertificateParts,
  createCertificateIfMissing,
  verifyCertificate,
} from '../../../../src/node/membership/client-certificate.js';
import {
  type CryptoTokensParts,
  getCryptoTokens,
} from '../../../../src/node/membership/crypto-tokens.js';
import { Commands } from '../../../../src/system/command/command.js';
import { makeClusterIdentity, makeIdentity } from '../../../../tools/kit/certificates.js';
import { failureOf } from '../../storage/fixtures.js';

const DAY_MS = 86_400_000;
const commands = new Commands();

describe('The client certificate', function () {
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

  function certificate(inDays = 0): ClientCertificateParts {
    const clock = { wallTime: () => new Date(Date.now() + inDays * DAY_MS) };
    return {
      clientCertificate: path,
      serverCertificate: join(root, 'server.pem'),
      commands,
      clock,
    };
  }

  it('can be made: signed by the cluster, with its key, readable by few', async () => {
    await createCertificateIfMissing(certificate(), 'node1.lab.test');
    const pem = await readFile(path);
    const [made, server] = [
      new X509Certificate(pem),
      new X509Certificate(await readFile(join(root, 'server.pem'))),
    ];
    expect(made.subject).to.equal('CN=node1.lab.test');
    expect(made.verify(server.publicKey)).to.be.true;
    expect(made.checkPrivateKey(createPrivateKey(pem))).to.be.true;
    expect((await stat(path)).mode & 0o777).to.equal(0o440);
    expect(await verifyCertificate(certificate())).to.deep.equal([null, made.fingerprint]);
    expect(await certificateDigest(certificate())).to.equal(made.fingerprint);
  });

  it('is not made again', async () => {
    await createCertificateIfMissing(certificate(), 'node1');
    const digest = await certificateDigest(certificate());
    const tokens = {
      ...certificate(),
      nodeNames: { own: () => Promise.resolve('node1') },
    };
    expect(
      await getCryptoTokens(tokens, [
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
    await createCertificateIfMissing(certificate(), 'node1');
    const about = 'Certificate expires in about';
    for (const [inDays, state, text] of [
      [1790, null, ''],
      [1796, 'WARNING', `${about} 28 days`],
      [1819, 'ERROR', `${about} 5 days`],
      [1826, 'ERROR', 'Certificate is expired (valid from '],
      [-1, 'WARNING', 'Certificate not yet valid (valid from '],
    ] as const) {
      const [severity, problem] = await verifyCertificate(certificate(inDays));
      expect(severity, `in ${inDays} days`).to.equal(state);
      if (state !== null) expect(problem).to.contain(`While verifying ${path}: ${text}`);
    }
  });

  it('warns of weak keys, of weak signatures, and of those that signed themselves', async () => {
    await writeFile(path, makeIdentity('node1', { keyBits: 1024, hash: 'sha1' }).pem);
    const [severity, problem] = await verifyCertificate(certificate());
    expect(severity).to.equal('WARNING');
    expect(problem).to.contain("weak signature algorithm 'sha1WithRSAEncryption'");
    expect(problem).to.contain('weak public/private keypair: 1024 bits, should be at least 2048');
    await writeFile(path, makeIdentity('node1').pem);
    expect(await verifyCertificate(certificate())).to.deep.equal([
      'WARNING',
      `The certificate '${path}' is self-signed. Please run 'gnt-cluster renew-crypto --new-node-certificates' to get a properly signed certificate.`,
    ]);
  });

  it('is missed, and known from what is none', async () => {
    expect((await verifyCertificate(certificate()))[1]).to.match(
      /^The client certificate does not exist\./,
    );
    expect((await failureOf(certificateDigest(certificate()))).message).to.equal(
      `Can't read the client certificate ${path}: No such file or directory`,
    );
    await writeFile(path, 'nonsense');
    const [severity, problem] = await verifyCertificate(certificate());
    expect(severity).to.equal('ERROR');
    expect(problem).to.contain(`Failed to load X509 certificate ${path}: `);
  });
});

describe('getCryptoTokens', () => {
  let root: string;
  let tokens: CryptoTokensParts;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    const path = join(root, 'client.pem');
    await writeFile(path, makeIdentity('node1').pem);
    tokens = {
      clientCertificate: path,
      serverCertificate: join(root, 'server.pem'),
      commands,
      clock: SYSTEM_CLOCK,
      nodeNames: { own: () => Promise.resolve('node1') },
    };
  });
  afterEach(() => rm(root, { recursive: true }));

  it('tells the digest', async () => {
    const { fingerprint } = new X509Certificate(await readFile(tokens.clientCertificate));
    expect(await getCryptoTokens(tokens, [['ssl', 'get', null]])).to.deep.equal([
      ['ssl', fingerprint],
    ]);
    expect(await getCryptoTokens(tokens, [])).to.deep.equal([]);
  });

  it('refuses other tokens and actions', async () => {
    expect((await failureOf(getCryptoTokens(tokens, [['ssh', 'get', {}]]))).message).to.equal(
      "Token type 'ssh' not supported.",
    );
    expect((await failureOf(getCryptoTokens(tokens, [['ssl', 'steal', {}]]))).message).to.equal(
      "Action 'steal' is not supported.",
    );
  });
});
