/** One package of package-lock.json. */
export interface LockedPackage {
  readonly version?: string;
  /** Where it was fetched from: a mirror of somebody's, maybe. */
  readonly resolved?: string;
  readonly integrity?: string;
  /** Not needed at run time. */
  readonly dev?: boolean;
  /** Not there on every machine. */
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

/** package-lock.json: packages by their directory; '' is the project itself. */
export interface LockFile {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** The packages of others, by directory. */
export function lockedPackages({ packages }: LockFile): [string, LockedPackage][] {
  return Object.entries(packages).filter(([directory]) => directory !== '');
}

/** What lets anything else be installed than what was tested: one line each. */
export function lockProblems(lock: LockFile): string[] {
  return lockedPackages(lock).flatMap(([directory, { resolved, integrity }]) => [
    ...(resolved === undefined ? [] : [`${directory} is bound to an address: ${resolved}`]),
    ...(integrity === undefined ? [`${directory} has no integrity hash`] : []),
    ...(integrity?.startsWith('sha1-') === true ? [`${directory} has only a SHA-1 hash`] : []),
  ]);
}

/**
 * Programs of packages that npm would run with the rights of the person who installs them: one line each.
 *
 * @param npmrc the project's
 */
export function installScriptProblems(lock: LockFile, npmrc: string): string[] {
  if (/^ignore-scripts *= *true$/m.test(npmrc)) return [];
  const packages = lockedPackages(lock).filter(([, { hasInstallScript }]) => hasInstallScript);
  return packages.map(([directory]) => `${directory} would run a program when it is installed`);
}
