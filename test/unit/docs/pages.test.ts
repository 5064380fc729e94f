import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { packageRoot } from '../../../src/base/package-root.js';
import { readPage } from '../../support/docs/markdown.js';

const root = packageRoot();
const LINK = /\]\(([^()\s]+)\)/g;
/** A source file, in code: `system/kernel/steps.ts`, or just `steps.ts`. */
const SOURCE_FILE = /`([\w/-][\w./-]*\.ts)`/g;

function filesBelow(directory: string): string[] {
  const files = readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' });
  return files.map((file) => join(directory, file));
}

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...filesBelow('docs').filter((file) => file.endsWith('.md')),
];

/** The part of a link after "#", by which GitHub finds a heading. */
function anchorOf(heading: string): string {
  const text = heading.replaceAll(/`|\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
  return text.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
}

function leadsNowhere(page: string, link: string): boolean {
  if (/^[a-z]+:/.test(link)) return false;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(root, target))) return true;
  if (anchor === undefined) return false;
  const headings = readPage(target).matchAll(/^#+ (.+)$/gm);
  return ![...headings].some(([, heading = '']) => anchorOf(heading) === anchor);
}

describe('pages', () => {
  it('have links only to what is there', () => {
    const broken = PAGES.flatMap((page) =>
      [...readPage(page).matchAll(LINK)]
        .map(([, link = '']) => link)
        .filter((link) => leadsNowhere(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).to.deep.equal([]);
  });

  it('name only source files that are there', () => {
    const sources = ['src', 'test', 'tools'].flatMap(filesBelow).map((file) => `/${file}`);
    const missing = PAGES.flatMap((page) =>
      [...readPage(page).matchAll(SOURCE_FILE)]
        .map(([, file = '']) => file)
        .filter((file) => !sources.some((source) => source.endsWith(`/${file}`)))
        .map((file) => `${page}: ${file}`),
    );
    expect(missing).to.deep.equal([]);
  });
});
