import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { packageRoot } from '../../../src/package-root.js';
import { testTitles } from '../../support/test-titles.js';

const CASES = 41;
const root = packageRoot();
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

/** The cells of all rows below "## <heading>" up to the next heading of that level, without the heads of tables. */
function rowsBelow(heading: string): string[][] {
  const [, after = ''] = page.split(`\n## ${heading}\n`);
  const [section = ''] = after.split('\n## ');
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  const cells = rows.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map(unescaped),
  );
  return cells.filter((_, index) => !isHead(cells, index));
}

/** A row of hyphens, or the row above one. */
function isHead(rows: readonly string[][], index: number): boolean {
  return [rows[index], rows[index + 1]].some((row) => row?.every((cell) => /^:?-+:?$/.test(cell)));
}

function unescaped(cell: string): string {
  return cell.trim().replaceAll(/\\([|_*`[\]<])/g, '$1');
}

function titlesIn(file: string): Set<string> {
  const path = join(root, 'test', `${file}.test.ts`);
  return new Set(existsSync(path) ? testTitles(path) : []);
}

describe('docs/security.md', () => {
  const tried = rowsBelow('What is tried');

  it('has tests for each case, in their order', () => {
    const numbers = tried.flatMap(([number]) => (number === '' ? [] : [Number(number)]));
    expect(numbers).to.deep.equal(Array.from({ length: CASES }, (_, index) => index + 1));
    for (const row of tried) expect(row).to.have.lengthOf(4);
  });

  it('names only tests that are there, in that file and under that title', () => {
    const named = tried.map(([, , file = '', title]) => ({
      file: file.replaceAll('`', ''),
      title,
    }));
    const titles = new Map(named.map(({ file }) => [file, titlesIn(file)]));
    const missing = named.filter(({ file, title = '' }) => titles.get(file)?.has(title) !== true);
    expect(missing).to.deep.equal([]);
  });

  it('names only source files that are there', () => {
    const trust = rowsBelow('Whom it trusts with what');
    const files = trust.flatMap((row) => row[3]?.match(/[a-z-]+\/[a-z/-]+\.ts/g) ?? []);
    expect(files).to.have.length.above(trust.length);
    expect(files.filter((file) => !existsSync(join(root, 'src', file)))).to.deep.equal([]);
  });

  it('has no figure without a command and a result', () => {
    const figures = rowsBelow('Tried, in figures');
    expect(figures).not.to.be.empty;
    for (const row of figures) expect(row.filter((cell) => cell !== '')).to.have.lengthOf(4);
  });
});
