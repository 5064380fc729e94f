import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/base/package-root.js';

/** The text of a page; `path` is below the top of the project. */
export function readPage(path: string): string {
  return readFileSync(join(packageRoot(), path), 'utf8');
}

/** The lines below "## <heading>" up to the next heading of that level; nothing when there is no such heading. */
export function section(page: string, heading: string): string {
  const [, after = ''] = page.split(`\n## ${heading}\n`);
  return after.split('\n## ')[0] ?? '';
}

/** A table: the cells of its head, and those of each row below it. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All tables of `text`, in their order. */
export function tablesOf(text: string): Table[] {
  const blocks = text.match(/(?:^\|.*\n?)+/gm) ?? [];
  return blocks.map((block) => {
    const [head = [], line = [], ...rows] = block.trimEnd().split('\n').map(cellsOf);
    if (!line.every((cell) => /^:?-+:?$/.test(cell)))
      throw new Error(`No line of hyphens below the head of the table ${head.join(' | ')}`);
    return { head, rows };
  });
}

function cellsOf(row: string): string[] {
  return row
    .replace(/\|$/, '')
    .slice(1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll(/\\([|_*`[\]<])/g, '$1'));
}
