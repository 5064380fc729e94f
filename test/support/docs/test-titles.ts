import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Stands for the parts of a title that are put in when the tests run. */
const VARIABLE = '…';

/**
 * The full titles of the tests in a source file, as mocha shows them: those of the suites first, with blanks between.
 * The file is only read, so that tests are found which cannot run here.
 */
export function testTitles(path: string): string[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023);
  const titles: string[] = [];
  const visit = (node: ts.Node, suites: readonly string[]): void => {
    const { kind, title } = callOf(node);
    if (kind === 'it' && title !== undefined) titles.push([...suites, title].join(' '));
    const inside = kind === 'suite' && title !== undefined ? [...suites, title] : suites;
    ts.forEachChild(node, (child) => {
      visit(child, inside);
    });
  };
  visit(source, []);
  return titles;
}

/** What mocha makes of a node, and its title; nothing of most. */
function callOf(node: ts.Node): { kind?: 'suite' | 'it'; title?: string | undefined } {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return {};
  const { text } = node.expression;
  const kind = text === 'it' ? 'it' : /^describe(AsRoot)?$/.test(text) ? 'suite' : undefined;
  const [first] = node.arguments;
  return kind === undefined || first === undefined ? {} : { kind, title: textOf(first) };
}

function textOf(title: ts.Expression): string {
  if (ts.isStringLiteralLike(title)) return title.text;
  if (!ts.isTemplateExpression(title)) return VARIABLE;
  return (
    title.head.text + title.templateSpans.map(({ literal }) => VARIABLE + literal.text).join('')
  );
}
