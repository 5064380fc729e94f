import type { DeviceSizes } from '../../storage/blockdev/device-sizes.js';
import type { ExtProviders } from '../../storage/ext/providers.js';
import type { VolumeLists } from '../../storage/lvm/volume-lists.js';
import type { StorageUnits } from '../../storage/units/storage-units.js';
import { done, type SomeCallRows } from '../call-row.js';

/** Changes to LVM's groups and devices go one after the other. */
const LVM_LOCK = 'storage units';

export interface VolumeCallNeeds {
  readonly deviceSizes: DeviceSizes;
  readonly extProviders: ExtProviders;
  readonly storageUnits: StorageUnits;
  readonly volumeLists: VolumeLists;
}

/** What storage the node has, used by Ganeti or not. */
export const volumeCalls = ({
  deviceSizes,
  extProviders,
  storageUnits,
  volumeLists,
}: VolumeCallNeeds) =>
  ({
    bdev_sizes: {
      run: ([paths]) => deviceSizes.get(paths),
    },
    lv_list: {
      run: ([groups]) => volumeLists.logicalVolumes(groups),
    },
    vg_list: {
      run: () => volumeLists.volumeGroups(),
    },
    node_volumes: {
      run: () => volumeLists.nodeVolumes(),
    },
    storage_list: {
      run: ([type, args, name, fields]) => storageUnits.list(type, args, name, fields),
    },
    storage_modify: {
      lock: () => LVM_LOCK,
      run: ([type, args, name, changes]) => done(storageUnits.modify(type, args, name, changes)),
    },
    storage_execute: {
      lock: () => LVM_LOCK,
      run: ([type, args, name, operation]) =>
        done(storageUnits.execute(type, args, name, operation)),
    },
    extstorage_diagnose: {
      run: () => extProviders.diagnose(),
    },
  }) satisfies SomeCallRows;
