/** All of these let us use and pass on the package under our own licence, BSD-2-Clause, if theirs is kept with it. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'],
]);

/** A package that is installed, by what its own package.json says. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license?: string;
}

/** Packages whose licence nobody has agreed to: one line each. */
export function licenceProblems(packages: readonly InstalledPackage[]): string[] {
  return packages
    .filter(({ license }) => license === undefined || !ALLOWED.has(license))
    .map(({ name, version, license }) => `${name} ${version} has ${describe(license)}`);
}

function describe(license: unknown): string {
  return license === undefined ? 'no licence' : `the licence ${JSON.stringify(license)}`;
}

/** How many packages have which licence: "MIT 3, ISC 1", the most frequent first. */
export function licenceSummary(packages: readonly InstalledPackage[]): string {
  const counts = new Map<string, number>();
  for (const { license = 'none' } of packages) counts.set(license, (counts.get(license) ?? 0) + 1);
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([license, count]) => `${license} ${count}`)
    .join(', ');
}
