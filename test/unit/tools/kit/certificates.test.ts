import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  candidateMap,
  CLUSTER_CERTIFICATES,
  type Identity,
  makeClusterIdentity,
  makeIdentity,
} from '../../../../tools/kit/certificates.js';

/** What openssl(1) reads in it. */
function textOf({ cert }: Identity): string {
  return execFileSync('openssl', ['x509', '-noout', '-text'], { input: cert, encoding: 'utf8' });
}

describe('makeIdentity', function () {
  this.timeout(60_000);

  it('makes a certificate of version 1 that signs itself', () => {
    const made = makeIdentity('node1');
    const { x509, key } = made;
    expect(x509.subject).to.equal('CN=node1');
    expect(x509.checkPrivateKey(createPrivateKey(key))).to.equal(true);
    expect(x509.checkIssued(x509)).to.equal(true);
    expect(x509.verify(x509.publicKey)).to.equal(true);
    expect(textOf(made))
      .to.match(/Version: 1 /)
      .and.to.match(/sha256WithRSAEncryption/);
  });

  it('makes a certificate that another one signs', () => {
    const issuer = makeClusterIdentity();
    const { x509 } = makeIdentity('node1', { issuer });
    expect(x509.issuer).to.equal('CN=ganeti.example.com');
    expect(x509.checkIssued(issuer.x509)).to.equal(true);
    expect(x509.verify(issuer.x509.publicKey)).to.equal(true);
    expect(x509.verify(x509.publicKey)).to.equal(false);
    expect(x509.serialNumber).not.to.equal(issuer.x509.serialNumber);
  });

  it('makes weak ones, for a time that is asked for', () => {
    const notBefore = new Date('2026-01-02T03:04:05Z');
    const notAfter = new Date('2027-01-02T03:04:05Z');
    const made = makeIdentity('node1', { notBefore, notAfter, keyBits: 1024, hash: 'sha1' });
    const { x509 } = made;
    expect(new Date(x509.validFrom)).to.deep.equal(notBefore);
    expect(new Date(x509.validTo)).to.deep.equal(notAfter);
    expect(x509.publicKey.asymmetricKeyDetails?.modulusLength).to.equal(1024);
    expect(x509.verify(x509.publicKey)).to.equal(true);
    expect(textOf(made)).to.match(/sha1WithRSAEncryption/);
  });

  it('says whether it is an authority, in version 3', () => {
    const { 'an authority': yes, 'one that says it is no authority': no } = CLUSTER_CERTIFICATES;
    const [authority, other] = [makeIdentity('one', yes), makeIdentity('other', no)];
    expect([authority.x509.ca, other.x509.ca]).to.deep.equal([true, false]);
    expect(textOf(authority)).to.match(/Version: 3 [^]*Basic Constraints: critical\s+CA:TRUE/);
    expect(textOf(other)).to.match(/Version: 3 [^]*Basic Constraints: critical\s+CA:FALSE/);
  });
});

describe('candidateMap', () => {
  it('names certificates by SHA-1', () => {
    const [one, other] = [makeIdentity('one'), makeIdentity('other')];
    expect(candidateMap(one, other)).to.equal(`node-1=${one.digest}\nnode-2=${other.digest}\n`);
    const print = ['x509', '-noout', '-fingerprint', '-sha1'];
    const output = execFileSync('openssl', print, { input: one.cert, encoding: 'utf8' });
    expect(output.trim().split('=')[1]).to.equal(one.digest);
  });
});
