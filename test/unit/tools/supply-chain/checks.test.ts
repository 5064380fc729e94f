import { expect } from 'chai';
import { describe, it } from 'mocha';
import { readAudit } from '../../../../tools/supply-chain/audit.js';
import { documentationProblems } from '../../../../tools/supply-chain/documented.js';
import { licenceProblems, licenceSummary } from '../../../../tools/supply-chain/licences.js';
import {
  installScriptProblems,
  type LockedPackage,
  lockProblems,
} from '../../../../tools/supply-chain/lock-file.js';

function lockFile(packages: Record<string, LockedPackage>) {
  return { lockfileVersion: 3, packages: { '': { version: '1.0.0' }, ...packages } };
}

describe('lockProblems', () => {
  it('are none where each package is bound to its hash alone', () => {
    expect(lockProblems(lockFile({ 'node_modules/a': { integrity: 'sha512-x' } }))).to.deep.equal(
      [],
    );
  });

  it('are addresses, and hashes that are missing or weak', () => {
    const lock = lockFile({
      'node_modules/a': { integrity: 'sha512-x', resolved: 'https://mirror/a.tgz' },
      'node_modules/b': {},
      'node_modules/c': { integrity: 'sha1-x' },
    });
    expect(lockProblems(lock)).to.deep.equal([
      'node_modules/a is bound to an address: https://mirror/a.tgz',
      'node_modules/b has no integrity hash',
      'node_modules/c has only a SHA-1 hash',
    ]);
  });
});

describe('installScriptProblems', () => {
  const lock = lockFile({ 'node_modules/a': { hasInstallScript: true }, 'node_modules/b': {} });

  it('are packages that bring a program along, unless none may', () => {
    expect(installScriptProblems(lock, 'fund=false\n')).to.deep.equal([
      'node_modules/a would run a program when it is installed',
    ]);
    expect(installScriptProblems(lock, 'fund=false\nignore-scripts=true\n')).to.deep.equal([]);
  });
});

describe('licenceProblems', () => {
  const good = { name: 'good', version: '1.0.0', license: 'MIT' };
  const copyleft = { name: 'copyleft', version: '2.0.0', license: 'GPL-3.0' };
  const silent = { name: 'silent', version: '3.0.0' };

  it('are licences that are not on the list, and none at all', () => {
    expect(licenceProblems([good, copyleft, silent])).to.deep.equal([
      'copyleft 2.0.0 has the licence "GPL-3.0"',
      'silent 3.0.0 has no licence',
    ]);
  });

  it('can be seen in the summary, too', () => {
    expect(licenceSummary([silent, good, good])).to.equal('MIT 2, none 1');
  });
});

describe('documentationProblems', () => {
  const page = [
    '# Dependencies',
    '',
    '## At run time',
    '',
    '| package | why |',
    '| ------- | --- |',
    '| `a`     | yes |',
    '| `gone`  | no  |',
    '',
    '## For development',
    '',
    '| `@x/b`  | yes |',
    '',
  ].join('\n');

  it('are packages without a row in their section, and rows without a package', () => {
    const description = { dependencies: { a: '^1' }, devDependencies: { '@x/b': '^1' } };
    expect(
      documentationProblems({ ...description, dependencies: { a: '^1', '@x/b': '^1' } }, page),
    ).to.deep.equal(['@x/b has no row in the page', 'gone has a row, and is not needed']);
    expect(
      documentationProblems(description, page.replace('| `gone`  | no  |\n', '')),
    ).to.deep.equal([]);
  });
});

describe('readAudit', () => {
  it('counts what is known, and names what is serious', () => {
    const vulnerabilities = {
      a: { severity: 'low', range: '<2' },
      b: { severity: 'critical', range: '<=1.4' },
      c: { severity: 'high', range: '*' },
    };
    expect(readAudit(JSON.stringify({ vulnerabilities }))).to.deep.equal({
      kind: 'answered',
      summary: '3 packages with known holes, 2 of them serious',
      problems: ['b <=1.4: critical', 'c *: high'],
    });
  });

  it('says why there is no answer', () => {
    const message = '405 Method Not Allowed';
    const refusal = { kind: 'unanswered', reason: message };
    expect(readAudit(JSON.stringify({ message, body: '' }))).to.deep.equal(refusal);
    expect(readAudit('some words\nno network\n')).to.include({ reason: 'no network' });
    expect(readAudit('')).to.include({ kind: 'unanswered', reason: 'it said nothing' });
  });
});
