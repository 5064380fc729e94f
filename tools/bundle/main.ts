import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../../src/base/package-root.js';

/*
 * Makes the programs of what was compiled, in dist/bundle: to load some ten files takes half as long as to load three
 * hundred. The last step of `npm run build`.
 */

const SOURCE = join(packageRoot(), 'dist/src');
const TARGET = join(packageRoot(), 'dist/bundle');
/** What is there is replaced at once: somebody may be starting it. */
const NEW = `${TARGET}.new`;
/** What a person or Ganeti starts. */
const PROGRAMS = ['main', 'nodectl'];
/** What these start; each looks for it in its own directory. */
const PARTS = [
  'system/helper/helper-main',
  'system/log-keeper/log-keeper-main',
  'system/proc/process-scan-worker',
];

await rm(NEW, { recursive: true, force: true });
await build({
  entryPoints: [...PROGRAMS, ...PARTS].map((path) => ({
    in: join(SOURCE, `${path}.js`),
    out: path.slice(path.lastIndexOf('/') + 1),
  })),
  absWorkingDir: packageRoot(),
  outdir: NEW,
  bundle: true,
  // What several of them need, and what is loaded only when it is needed, is in files of its own.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // It loads a library from beside itself.
  external: ['koffi'],
  // Packages in the older format of modules ask for parts of Node.js in this way.
  banner: {
    js: "import { createRequire as createRequireOfNode } from 'node:module'; const require = createRequireOfNode(import.meta.url);",
  },
  legalComments: 'eof',
  logLevel: 'warning',
});
await Promise.all(PROGRAMS.map((name) => chmod(join(NEW, `${name}.js`), 0o755)));
await rm(TARGET, { recursive: true, force: true });
await rename(NEW, TARGET);
