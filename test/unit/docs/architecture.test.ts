import { readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { packageRoot } from '../../../src/base/package-root.js';
import { readPage } from '../../support/docs/markdown.js';

/** What everything may import. */
const LEAVES = ['base/', 'generated/'];
/** Between two boxes of the picture, in the form "from --> to". */
type Arrow = `${string} --> ${string}`;

/** Which box each part of `src/` is in: directories with a slash at their end, and files. */
function boxesOf(picture: string): Map<string, string> {
  const boxes = [...picture.matchAll(/(\w+)\["([^"]+)"\]/g)];
  return new Map(
    boxes.flatMap(([, id = '', label = '']) => label.split(', ').map((part) => [part, id])),
  );
}

function drawnArrows(picture: string): Arrow[] {
  const lines = picture.replaceAll(/\["[^"]+"\]/g, '').matchAll(/^ *(\w+) --> ([\w &]+)$/gm);
  return [...lines].flatMap(([, from = '', to = '']) =>
    to.split(' & ').map((other): Arrow => `${from} --> ${other}`),
  );
}

/** The imports of `src/`, but for those within a box. */
function importArrows(boxes: ReadonlyMap<string, string>): Arrow[] {
  const files = readdirSync(join(packageRoot(), 'src'), { recursive: true, encoding: 'utf8' });
  const boxOf = (file: string) => boxes.get(partOf(file)) ?? file;
  const arrows = files
    .filter((file) => file.endsWith('.ts') && !isLeaf(file))
    .flatMap((file) => importsOf(file).map((other) => [boxOf(file), boxOf(other)]))
    .filter(([from, to]) => from !== to)
    .map(([from = '', to = '']): Arrow => `${from} --> ${to}`);
  return [...new Set(arrows)];
}

function importsOf(file: string): string[] {
  const paths = readPage(`src/${file}`).matchAll(/\b(?:from |import\()'(\.[^']+)\.js'/g);
  const files = [...paths].map(([, path = '']) => normalize(join(dirname(file), `${path}.ts`)));
  return files.filter((other) => !isLeaf(other));
}

function isLeaf(file: string): boolean {
  return LEAVES.includes(partOf(file));
}

function partOf(file: string): string {
  return file.includes('/') ? file.replace(/\/.*/, '/') : file;
}

/** Whether there is a way from one box to another. */
function leads(arrow: Arrow, arrows: readonly Arrow[]): boolean {
  const [from = '', to = ''] = arrow.split(' --> ');
  const seen = new Set([from]);
  for (const box of seen)
    for (const next of arrows.filter((other) => other.startsWith(`${box} --> `)))
      seen.add(next.slice(`${box} --> `.length));
  return seen.has(to);
}

describe('docs/architecture.md', () => {
  const [, picture = ''] = /```mermaid\n(.*?)```/s.exec(readPage('docs/architecture.md')) ?? [];
  const drawn = drawnArrows(picture);
  const imports = importArrows(boxesOf(picture));

  it('draws each import, or arrows that lead there', () => {
    expect(imports.filter((arrow) => !leads(arrow, drawn))).to.deep.equal([]);
  });

  it('draws no arrow without an import', () => {
    expect(drawn).not.to.be.empty;
    expect(drawn.filter((arrow) => !imports.includes(arrow))).to.deep.equal([]);
  });
});
