import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { packageRoot } from '../../../src/base/package-root.js';
import { readPage, section, tablesOf } from '../../support/docs/markdown.js';

const SOURCE_FILE = /`([a-z0-9/-]+\.ts)`/g;
const MARK = /\bDeviation:/g;
/** What these say goes for all failures, and has no place of its own. */
const WITHOUT_PLACES = ['What failures say', 'Mistakes that were not taken over'];

/** How many marks each source file has that has any. */
function marksInSource(): Map<string, number> {
  const files = readdirSync(`${packageRoot()}/src`, { recursive: true, encoding: 'utf8' });
  const marks = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file, (readPage(`src/${file}`).match(MARK) ?? []).length] as const);
  return new Map(marks.filter(([, count]) => count > 0));
}

describe('docs/deviations.md', () => {
  const page = readPage('docs/deviations.md');
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
  const placed = headings.filter((heading) => !WITHOUT_PLACES.includes(heading));
  const rows = placed.flatMap((heading) =>
    tablesOf(section(page, heading)).flatMap(({ rows }) => rows),
  );
  const filesOfRows = rows.map((row) =>
    [...(row[3] ?? '').matchAll(SOURCE_FILE)].map(([, file = '']) => file),
  );

  it('says of each deviation where it is', () => {
    expect(headings).to.include.members(WITHOUT_PLACES);
    expect(
      rows.filter((row, index) => row.length !== 4 || filesOfRows[index]?.length === 0),
    ).to.deep.equal([]);
  });

  it('names all source files with such a comment, and no others', () => {
    const named = [...new Set(filesOfRows.flat())].sort();
    expect(named).to.deep.equal([...marksInSource().keys()].sort());
  });

  it('has a row for each such comment', () => {
    const withoutRow = [...marksInSource()].filter(
      ([file, count]) => count > filesOfRows.filter((files) => files.includes(file)).length,
    );
    expect(withoutRow).to.deep.equal([]);
  });
});
