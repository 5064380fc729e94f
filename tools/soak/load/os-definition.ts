import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../src/base/package-root.js';
import { makeImage } from '../../kit/image.js';
import { BEHAVIOURS, scriptPath } from './behaviours.js';
import { DISK_MIB, OS_NAME } from './instances.js';

/** Makes an OS definition that fills disks by copying an image, with the scripts of all behaviours in it. */
export async function makeOsDefinition(stateDir: string): Promise<void> {
  const directory = join(stateDir, 'os', OS_NAME);
  const image = join(stateDir, 'image');
  await makeImage(image, { sizeMiB: DISK_MIB, prepare: addScripts });
  await cp(join(packageRoot(), 'etc/os/busybox'), directory, { recursive: true });
  const create = `#!/bin/sh\nexec dd if='${image}' of="$DISK_0_PATH" bs=1M conv=notrunc,sparse status=none\n`;
  await writeFile(join(directory, 'create'), create, { mode: 0o755 });
}

async function addScripts(tree: string): Promise<void> {
  await mkdir(join(tree, 'scripts'));
  for (const behaviour of BEHAVIOURS)
    await writeFile(join(tree, scriptPath(behaviour)), behaviour.script, { mode: 0o755 });
}
