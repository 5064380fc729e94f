import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk } from '../../../../src/generated/objects.js';

/** Files of a provider: their text, or undefined for none. */
export type ProviderFiles = Readonly<Record<string, string | undefined>>;

const REQUIRED = ['create', 'remove', 'grow', 'attach', 'detach', 'setinfo', 'verify'];
const WHOLE: ProviderFiles = {
  ...Object.fromEntries(REQUIRED.map((name) => [name, '#!/bin/sh\n'])),
  'parameters.list': '',
};

/** Makes a whole provider in `directory`, but for the `changes`. */
export async function makeProvider(directory: string, changes: ProviderFiles = {}): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const [name, text] of Object.entries({ ...WHOLE, ...changes })) {
    if (text === undefined) continue;
    await writeFile(join(directory, name), text);
    if (name !== 'parameters.list') await chmod(join(directory, name), 0o755);
  }
}

export function extDisk(name: string, changes: Partial<Disk> = {}): Disk {
  return {
    dev_type: 'ext',
    logical_id: ['pvdr1', name],
    size: 8,
    mode: 'rw',
    uuid: '1519f3e4',
    params: { provider: 'pvdr1', fromsnap: 'old' },
    ...changes,
  };
}
