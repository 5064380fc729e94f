import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { packageRoot } from '../../../src/base/package-root.js';
import { readPage, section, type Table, tablesOf } from '../../support/docs/markdown.js';
import { testTitles } from '../../support/docs/test-titles.js';

const CASES = [...numbers(1, 68)];
/** A longer cell makes its whole table unreadable where Markdown is read as text. */
const LONGEST_CELL = 300;
const root = packageRoot();

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function titlesIn(file: string): Set<string> {
  const path = join(root, 'test', `${file}.test.ts`);
  return new Set(existsSync(path) ? testTitles(path) : []);
}

/** The rows of all tables with the head `head`. */
function rowsUnder(head: string, tables: readonly Table[]) {
  return tables.filter((table) => table.head.join(' | ') === head).flatMap(({ rows }) => rows);
}

describe('docs/attacks.md', () => {
  const page = readPage('docs/attacks.md');
  const tables = tablesOf(section(page, 'What is tried'));
  const attacks = rowsUnder('no. | what is tried | what comes of it', tables);
  const proofs = rowsUnder('no. | test | its title', tables);

  it('has all attacks, in their order, each with what comes of it', () => {
    expect(attacks.map(([number]) => Number(number))).to.deep.equal(CASES);
    for (const row of attacks) expect(row.filter((cell) => cell !== '')).to.have.lengthOf(3);
    expect(attacks.length + proofs.length).to.equal(tables.flatMap(({ rows }) => rows).length);
  });

  it('has tests for each attack, in their order', () => {
    const numbers = proofs.map(([number]) => Number(number));
    expect(numbers).to.deep.equal(numbers.toSorted((a, b) => a - b));
    expect([...new Set(numbers)]).to.deep.equal(attacks.map(([number]) => Number(number)));
    for (const row of proofs) expect(row.filter((cell) => cell !== '')).to.have.lengthOf(3);
  });

  it('names only tests that are there, in that file and under that title', () => {
    const named = proofs.map(([, file = '', title]) => ({ file: file.replaceAll('`', ''), title }));
    const titles = new Map(named.map(({ file }) => [file, titlesIn(file)]));
    const missing = named.filter(({ file, title = '' }) => titles.get(file)?.has(title) !== true);
    expect(missing).to.deep.equal([]);
  });

  it('has no figure without a command and a result', () => {
    const figures = tablesOf(section(page, 'In figures')).flatMap(({ rows }) => rows);
    expect(figures).not.to.be.empty;
    for (const row of figures) expect(row.filter((cell) => cell !== '')).to.have.lengthOf(4);
  });

  it('has no cell that is too long to read', () => {
    const cells = tablesOf(page).flatMap(({ rows }) => rows.flat());
    expect(cells.filter((cell) => cell.length > LONGEST_CELL)).to.deep.equal([]);
  });
});

describe('SECURITY.md', () => {
  it('names only source files that are there', () => {
    const [trust] = tablesOf(section(readPage('SECURITY.md'), 'Whom it trusts with what'));
    const rows = trust?.rows ?? [];
    const files = rows.flatMap((row) => row[3]?.match(/[a-z-]+\/[a-z/-]+\.ts/g) ?? []);
    expect(files).to.have.length.above(rows.length);
    expect(files.filter((file) => !existsSync(join(root, 'src', file)))).to.deep.equal([]);
  });
});
