import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../src/base/errno.js';
import { type Dependencies, documentationProblems } from './documented.js';
import { type InstalledPackage, licenceProblems, licenceSummary } from './licences.js';
import { installScriptProblems, lockedPackages, type LockFile, lockProblems } from './lock-file.js';

/** One thing that was looked at. */
export interface Check {
  readonly title: string;
  /** What there is, in a few words. */
  readonly summary: string;
  /** One line each; none is what it should be. */
  readonly problems: readonly string[];
}

/** All that can be said of a project without asking anybody; it must be installed. */
export async function checkProject(root: string): Promise<Check[]> {
  const text = (file: string) => readFile(join(root, file), 'utf8');
  const lock = JSON.parse(await text('package-lock.json')) as LockFile;
  const description = JSON.parse(await text('package.json')) as Dependencies;
  const packages = await productionPackages(root, lock);
  const count = Object.keys(description.dependencies ?? {}).length;
  return [
    {
      title: 'package-lock.json',
      summary: `${lockedPackages(lock).length} packages, bound to their hashes`,
      problems: lockProblems(lock),
    },
    {
      title: 'programs at installation',
      summary: 'none',
      problems: installScriptProblems(lock, await text('.npmrc')),
    },
    {
      title: 'licences at run time',
      summary: `${packages.length} packages: ${licenceSummary(packages)}`,
      problems: licenceProblems(packages),
    },
    {
      title: 'docs/dependencies.md',
      summary: `${count} packages at run time`,
      problems: documentationProblems(description, await text('docs/dependencies.md')),
    },
  ];
}

/** What is installed for run time; packages for other machines are not. */
async function productionPackages(root: string, lock: LockFile): Promise<InstalledPackage[]> {
  const wanted = lockedPackages(lock).filter(([, { dev }]) => dev !== true);
  const found = wanted.map(async ([directory, { optional }]) => {
    const reading = readFile(join(root, directory, 'package.json'), 'utf8');
    const text = await ignoring(optional === true ? ['ENOENT'] : [], reading);
    return text === undefined ? [] : [JSON.parse(text) as InstalledPackage];
  });
  return (await Promise.all(found)).flat();
}
