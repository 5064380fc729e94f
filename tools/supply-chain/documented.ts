/** The sections of docs/dependencies.md, and what of package.json each has a row for. */
const SECTIONS = {
  dependencies: 'At run time',
  devDependencies: 'For development',
} as const;

/** The part of package.json that is looked at. */
export type Dependencies = Readonly<
  Partial<Record<keyof typeof SECTIONS, Readonly<Record<string, string>>>>
>;

/**
 * What is needed and not documented, or documented and not needed: one line each.
 *
 * @param page docs/dependencies.md; the first cell of each row of its tables is a name in backquotes
 */
export function documentationProblems(description: Dependencies, page: string): string[] {
  return (['dependencies', 'devDependencies'] as const).flatMap((kind) => {
    const needed = Object.keys(description[kind] ?? {});
    const documented = rowsOf(SECTIONS[kind], page);
    return [
      ...without(needed, documented).map((name) => `${name} has no row in the page`),
      ...without(documented, needed).map((name) => `${name} has a row, and is not needed`),
    ];
  });
}

function rowsOf(title: string, page: string): string[] {
  const [, section = ''] = page.split(`\n## ${title}\n`);
  const [text = ''] = section.split('\n## ');
  return [...text.matchAll(/^\| `([^`]+)` /gm)].map(([, name = '']) => name);
}

function without(names: readonly string[], others: readonly string[]): string[] {
  return names.filter((name) => !others.includes(name));
}
