import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of an OS definition: their text, or undefined for none. */
export type OsFiles = Readonly<Record<string, string | undefined>>;

const SCRIPTS = ['create', 'create_untrusted', 'export', 'import', 'rename', 'verify'];
const WHOLE: OsFiles = {
  ganeti_api_version: '20\n',
  create: '#!/bin/sh\n',
  export: '#!/bin/sh\n',
  import: '#!/bin/sh\n',
  rename: '#!/bin/sh\n',
  verify: '#!/bin/sh\n',
  'variants.list': 'default\n',
  'parameters.list': '',
};

/** Makes a whole OS definition in `directory`, but for the `changes`. */
export async function makeOs(directory: string, changes: OsFiles = {}): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const [name, text] of Object.entries({ ...WHOLE, ...changes })) {
    if (text === undefined) continue;
    await writeFile(join(directory, name), text);
    if (SCRIPTS.includes(name)) await chmod(join(directory, name), 0o755);
  }
}
