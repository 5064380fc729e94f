import { existsSync, readFileSync } from 'node:fs';
import { lockedPackages, type LockFile } from './lock-file.js';

/*
 * Prints the directories of the npm packages that the daemon needs at run time, a line each, as paths below the project. It
 * runs where npm may be missing, so it goes by the lock file. Exit status 1, with their names, if some are not installed.
 */

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile;
const needed = lockedPackages(lock).filter(([, { dev }]) => dev !== true);
const present = needed.filter(([path]) => existsSync(path));
const missing = needed
  .filter(([path, { optional }]) => optional !== true && !existsSync(path))
  .map(([path]) => path);

if (missing.length > 0) {
  process.stderr.write(`npm packages are missing, run npm ci: ${missing.join(', ')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(present.map(([path]) => `${path}\n`).join(''));
}
