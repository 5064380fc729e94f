import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The directory that holds package.json: found by walking up, because compiled code lies deeper than its source, and an
 * installed package lies elsewhere altogether.
 */
export function packageRoot(from: string = dirname(fileURLToPath(import.meta.url))): string {
  let directory = from;
  while (statSync(join(directory, 'package.json'), { throwIfNoEntry: false }) === undefined) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`No package.json in ${from} or above`);
    directory = parent;
  }
  return directory;
}
