import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withRollback } from '../../base/rollback.js';
import { syncDirectory } from '../file/directories.js';
import { removeIfExists, steadyTemporaryName } from '../file/files.js';
import { renameToFree } from '../file/rename-to-free.js';
import { stepDone } from '../kernel/steps.js';

/** Disk images; each change is there after a power failure, too, or not at all. These are jobs of helpers. */

/** What an error of `makeImage` has besides. */
export interface ImageLeft {
  /** Whether a part of the image could not be removed again. */
  readonly isLeft?: boolean;
}

/** Makes a file of nothing but a hole, which has its full size from the first moment. */
export async function makeImage({
  path,
  sizeBytes,
}: {
  path: string;
  sizeBytes: number;
}): Promise<void> {
  let isLeft = false;
  try {
    await withRollback(
      async (rollback) => {
        const temporary = steadyTemporaryName(path);
        await removeIfExists(temporary);
        const file = await open(temporary, 'wx+', 0o600);
        rollback.add(temporary, () => removeIfExists(temporary));
        stepDone('new file made', path);
        await setSize(file, sizeBytes, temporary);
        await renameToFree(temporary, path);
        rollback.add(path, () => removeIfExists(path));
        await syncDirectory(dirname(path));
      },
      () => {
        isLeft = true;
      },
    );
  } catch (error) {
    throw Object.assign(error as Error, { isLeft } satisfies ImageLeft);
  }
}

/** Gives the file its new size; after a failure it has the old one. */
export async function growImage({
  path,
  sizeBytes,
}: {
  path: string;
  sizeBytes: number;
}): Promise<void> {
  await setSize(await open(path, constants.O_RDWR | constants.O_NOFOLLOW), sizeBytes, path);
}

/** Takes nothing's place. */
export async function renameImage({ from, to }: { from: string; to: string }): Promise<void> {
  await renameToFree(from, to);
  await syncDirectoriesOf(from, to);
}

/** Idempotent. */
export async function removeImage({ path }: { path: string }): Promise<void> {
  // Of a daemon that was killed while it made the disk: it may be another name of the same file.
  await removeIfExists(steadyTemporaryName(path));
  await removeIfExists(path);
  await syncDirectory(dirname(path));
}

/** Makes a rename survive a power failure. */
export async function syncDirectoriesOf(...paths: readonly string[]): Promise<void> {
  for (const directory of new Set(paths.map((path) => dirname(path))))
    await syncDirectory(directory);
}

async function setSize(file: FileHandle, sizeBytes: number, path: string): Promise<void> {
  try {
    const { size: oldBytes } = await file.stat();
    await file.truncate(sizeBytes);
    stepDone('file resized', path);
    try {
      await file.sync();
    } catch (error) {
      await file.truncate(oldBytes);
      throw error;
    }
  } finally {
    await file.close();
  }
}
