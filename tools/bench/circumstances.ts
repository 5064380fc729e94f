import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Circumstances } from './report/report.js';

const run = promisify(execFile);

/** Looks at the machine and at what is installed on it. @param root the project's directory */
export async function circumstances(
  root: string,
  { command, quick }: { command: string; quick: boolean },
): Promise<Circumstances> {
  return {
    machine: {
      processor: cpus()[0]?.model ?? 'unknown processor',
      cores: cpus().length,
      memoryMiB: Math.round(totalmem() / 1024 / 1024),
      kernel: release(),
      load: loadavg()[0] ?? 0,
    },
    versions: {
      node: process.versions.node,
      ours: await ownVersion(root),
    },
    date: new Date().toISOString(),
    command,
    quick,
  };
}

/** With the commit, if it was not installed from a package. */
async function ownVersion(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const commit = await run('git', ['-C', root, 'describe', '--always', '--dirty']).then(
    ({ stdout }) => ` (${stdout.trim()})`,
    () => '',
  );
  return `${version}${commit}`;
}
