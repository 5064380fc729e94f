import type { Instance } from '../generated/objects.js';
import type { BlockDevices } from '../storage/disks/block-devices.js';
import type { OpenedDisk } from './environment.js';

/** Where the disks of an instance are on this node, in order. */
export async function openDisks(
  blockDevices: Pick<BlockDevices, 'open'>,
  instance: Instance,
): Promise<OpenedDisk[]> {
  const disks: OpenedDisk[] = [];
  for (const disk of instance.disks_info) {
    const { devPath } = await blockDevices.open(disk, instance);
    disks.push({ disk, devPath });
  }
  return disks;
}
