import { hideNodes, showNodes } from '../device/device-nodes.js';
import { findDiskFile, isClaimed } from '../device/disk-files.js';
import { type AttachedLoop, LoopDevices, type LoopGuess } from '../device/loop-devices.js';
import { growImage, makeImage, removeImage, renameImage } from '../disk/image-files.js';
import { isWritable, lookAt, resolveNewPath, resolvePath } from '../disk/look-at.js';
import {
  directorySizeBytes,
  makeStoreDirectory,
  removeStoreDirectory,
  renameStoreDirectory,
} from '../disk/store-directories.js';
import { isAllHole } from '../file/holes.js';
import { identitiesOf } from '../file/identities.js';
import { mountDisk } from '../mount/mount-disk.js';
import { unmountAll } from '../mount/unmount-all.js';
import type { JobTable } from './job-table.js';

/** All that is done by helpers. */
export const JOBS = {
  attachLoop,
  detachLoop: ({ loop, isKept }: { loop: AttachedLoop; isKept: boolean }) =>
    new LoopDevices().detach(loop, { isKept }),
  directorySizeBytes,
  findDiskFile,
  growImage,
  hideNodes,
  identitiesOf: ({ path }: { path: string }) => identitiesOf(path),
  isAllHole: ({ path }: { path: string }) => isAllHole(path),
  isClaimed,
  isWritable,
  lookAt,
  loopsAmong: ({ guesses }: { guesses: readonly LoopGuess[] }) =>
    new LoopDevices().overAmong(guesses),
  makeImage,
  makeStoreDirectory,
  mountDisk,
  removeImage,
  removeStoreDirectory,
  renameImage,
  renameStoreDirectory,
  resizeLoop: ({ path }: { path: string }) => {
    new LoopDevices().resize(path);
  },
  resolveNewPath,
  resolvePath,
  showNodes,
  unmountAll,
} satisfies JobTable;

async function attachLoop({
  file,
  ...options
}: {
  file: string;
  identity: string;
  name: string;
  isReadOnly: boolean;
}): Promise<AttachedLoop> {
  const loop = await new LoopDevices().attach(file, { ...options, isPersistent: true });
  loop.close();
  const { path, sequence } = loop;
  return { path, sequence };
}
