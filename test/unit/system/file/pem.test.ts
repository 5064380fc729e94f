import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkKeyAndCertificate } from '../../../../src/system/file/pem.js';
import { makeIdentity } from '../../../../tools/kit/certificates.js';

const { key, cert, pem } = makeIdentity('node1', { keyBits: 1024 });
const other = makeIdentity('node2', { keyBits: 1024 });

function check(text: string, certText = text): void {
  checkKeyAndCertificate({ path: '/key', text }, { path: '/cert', text: certText });
}

/** The middle third is gone. */
function cutOut(text: string): string {
  return text.slice(0, text.length / 3) + text.slice((text.length * 2) / 3);
}

describe('checkKeyAndCertificate', () => {
  it('takes both in one file, in either order, and in two', () => {
    check(pem);
    check(cert + key);
    check(key, cert);
    check(`# a comment\n${key}`, cert + other.cert);
  });

  const MISTAKES: [what: string, text: string, certText: string, message: string | RegExp][] = [
    ['an empty key', '', cert, '/key is empty'],
    ['an empty certificate', key, '\n', '/cert is empty'],
    ['junk', 'junk', cert, '/key has no private key in it'],
    ['a key in place of the certificate', key, key, '/cert has no certificate in it'],
    ['a certificate without its key', cert, cert, '/key has no private key in it'],
    [
      'a key that is cut short',
      key.slice(0, 400),
      cert,
      '/key ends in the middle of the private key',
    ],
    [
      'a certificate that is cut short',
      key,
      cert.slice(0, 300),
      '/cert ends in the middle of the certificate',
    ],
    [
      'a damaged key',
      cutOut(key),
      cert,
      /^The private key in \/key is damaged or of an unknown kind: /,
    ],
    [
      'a damaged certificate',
      key,
      cutOut(cert),
      /^The certificate in \/cert is damaged or of an unknown kind: /,
    ],
    [
      "another's key",
      other.key,
      cert,
      'The private key in /key is not that of the certificate in /cert',
    ],
  ];
  for (const [what, text, certText, message] of MISTAKES)
    it(`names the file and what is wrong with ${what}`, () => {
      expect(() => {
        check(text, certText);
      }).to.throw(message);
    });
});
