import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, beforeEach, describe, it } from 'mocha';
import { PeerRule } from '../../../../src/rpc/peers/peer-rule.js';
import { candidateMap, type Identity, makeIdentity } from '../../../../tools/kit/certificates.js';
import { type LogLine, recordingLogger } from '../fakes.js';

describe('PeerRule.check', () => {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  const { logger, lines } = recordingLogger();
  const candidatesPath = join(directory, 'ssconf_master_candidates_certs');
  const masterNodePath = join(directory, 'ssconf_master_node');
  const serverCertPath = join(directory, 'server.pem');
  const time = Date.UTC(2026, 0, 1);
  let now: number;
  let server: Identity, otherAuthority: Identity;
  let candidate: Identity, stranger: Identity, foreign: Identity, selfSigned: Identity;
  let rule: PeerRule;

  before(function () {
    this.timeout(30_000);
    server = makeIdentity('ganeti.example.com');
    otherAuthority = makeIdentity('ganeti.example.com');
    candidate = makeIdentity('node1', {
      issuer: server,
      notBefore: new Date('2025-01-01'),
      notAfter: new Date('2027-01-01'),
    });
    stranger = makeIdentity('node2', { issuer: server });
    foreign = makeIdentity('node1', { issuer: otherAuthority });
    selfSigned = makeIdentity('node3');
  });

  after(() => {
    rmSync(directory, { recursive: true });
  });

  beforeEach(() => {
    lines.length = 0;
    now = time;
    rmSync(candidatesPath, { recursive: true, force: true });
    writeFileSync(serverCertPath, server.pem);
    writeFileSync(candidatesPath, candidateMap(candidate, foreign, selfSigned));
    rmSync(masterNodePath, { force: true });
    rule = new PeerRule({
      candidatesPath,
      masterNodePath,
      serverCertPath,
      logger,
      clock: { wallTime: () => new Date(now) },
    });
  });

  const check = (identity?: Identity, ...above: Identity[]) =>
    rule.check({
      remoteAddress: '10.0.0.7',
      leaf: identity?.x509,
      above: above.map(({ x509 }) => x509),
    });
  const refusal = (identity?: Identity, ...above: Identity[]): LogLine | undefined => {
    expect(check(identity, ...above)).to.be.false;
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 'warn', message: 'peer refused' });
    return lines[0];
  };

  it('accepts a master candidate, with and without the server certificate above it', () => {
    expect(check(candidate)).to.be.true;
    expect(check(candidate, server)).to.be.true;
    expect(lines).to.be.empty;
  });

  it('accepts the certificate of a master candidate that old versions made: signed by itself', () => {
    expect(check(selfSigned)).to.be.true;
  });

  it('refuses whoever has no certificate', () => {
    expect(refusal()).to.include({ reason: 'no certificate', mode: 'candidates' });
  });

  it('refuses a node that is not a candidate, and logs all that is needed to see why', () => {
    expect(refusal(stranger)).to.deep.include({
      reason: 'not a master candidate',
      remoteAddress: '10.0.0.7',
      digest: stranger.digest,
      candidateMap: candidatesPath,
      mode: 'candidates',
      accepted: ['node-1', 'node-2', 'node-3'],
    });
  });

  it('refuses the server certificate when there are candidates', () => {
    expect(refusal(server)).to.include({ reason: 'not a master candidate' });
  });

  it('refuses the right digest below a wrong chain', () => {
    expect(refusal(candidate, otherAuthority)).to.include({
      reason: 'a certificate of the chain is not the server certificate',
    });
  });

  it('refuses a wrong certificate above the right one', () => {
    expect(check(candidate, server, otherAuthority)).to.be.false;
  });

  it('refuses the right digest with the signature of another authority of the same name', () => {
    expect(refusal(foreign)).to.include({
      reason: 'signed neither by the server certificate nor by itself',
    });
  });

  it('refuses a certificate before and after its time', () => {
    now = Date.UTC(2027, 0, 1, 0, 0, 1);
    expect(refusal(candidate)).to.include({ reason: 'expired' });
    lines.length = 0;
    now = Date.UTC(2024, 11, 31);
    expect(refusal(candidate)).to.include({ reason: 'not valid yet' });
  });

  it('accepts a certificate that is new on a node whose clock is ahead a little', () => {
    now = Date.UTC(2024, 11, 31, 23, 58);
    expect(check(candidate)).to.be.true;
  });

  for (const [what, text] of [
    ['missing', undefined],
    ['empty', ''],
    ['blank', '\n'],
  ] as const)
    it(`accepts the server certificate alone while the map is ${what}`, () => {
      if (text === undefined) rmSync(candidatesPath);
      else writeFileSync(candidatesPath, text);
      expect(check(server)).to.be.true;
      expect(check(server, server)).to.be.true;
      expect(refusal(candidate)).to.deep.include({
        reason: 'not the server certificate',
        mode: 'bootstrap',
        accepted: ['bootstrap'],
      });
    });

  for (const [what, spoil] of [
    ['garbled', (text: string) => text.replace('=', '')],
    ['cut short', (text: string) => text.slice(0, -10)],
    ['too large', (text: string) => text.repeat(1000)],
    ['binary', () => '\0\0\0'],
  ] as const)
    it(`refuses everybody while the map is ${what}`, () => {
      writeFileSync(candidatesPath, spoil(candidateMap(candidate, selfSigned)));
      for (const identity of [candidate, selfSigned, server, undefined])
        expect(check(identity)).to.be.false;
      expect(lines[0])
        .to.have.property('reason')
        .that.matches(/^candidate map: /);
    });

  it('refuses everybody while the map cannot be read', () => {
    rmSync(candidatesPath);
    mkdirSync(candidatesPath);
    for (const identity of [candidate, server]) expect(check(identity)).to.be.false;
  });

  it('refuses everybody while the server certificate is missing or broken', () => {
    writeFileSync(serverCertPath, server.cert.slice(0, 200));
    expect(refusal(candidate)?.['reason']).to.match(/^server certificate: /);
    rmSync(serverCertPath);
    expect(check(candidate)).to.be.false;
    rmSync(candidatesPath);
    expect(check(server)).to.be.false;
  });

  it('knows the master by its name in ssconf_master_node', () => {
    const callerOf = ({ x509 }: Identity) =>
      rule.callerOf({ remoteAddress: '10.0.0.7', leaf: x509, above: [] });
    expect(callerOf(candidate)).to.equal('candidate');
    writeFileSync(masterNodePath, 'node1\n');
    expect(callerOf(candidate)).to.equal('master');
    expect(callerOf(stranger)).to.equal('candidate');
    writeFileSync(masterNodePath, 'node2\n');
    expect(callerOf(candidate)).to.equal('candidate');
    expect(callerOf(stranger)).to.equal('master');
    for (const text of ['', 'NO MASTER', 'node', 'node1\nnode2\n', 'x'.repeat(200_000)]) {
      writeFileSync(masterNodePath, text);
      for (const identity of [candidate, stranger, server])
        expect(callerOf(identity), text.slice(0, 20)).to.equal('candidate');
    }
  });

  it('follows the map and the server certificate', () => {
    expect(check(stranger)).to.be.false;
    writeFileSync(candidatesPath, candidateMap(stranger));
    expect(check(stranger)).to.be.true;
    expect(check(candidate)).to.be.false;
    writeFileSync(serverCertPath, otherAuthority.pem);
    expect(check(stranger)).to.be.false;
    writeFileSync(candidatesPath, candidateMap(foreign));
    expect(check(foreign)).to.be.true;
  });
});
