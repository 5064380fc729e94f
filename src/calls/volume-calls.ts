import { done, type CallRows } from './call-table.js';

/** Changes to LVM's groups and devices go one after the other. */
const LVM_LOCK = 'storage units';

/** What storage the node has, whoever uses it. */
export const VOLUME_CALLS: CallRows<
  | 'bdev_sizes'
  | 'lv_list'
  | 'vg_list'
  | 'node_volumes'
  | 'storage_list'
  | 'storage_modify'
  | 'storage_execute'
  | 'extstorage_diagnose'
> = {
  bdev_sizes: {
    handle: ({ deviceSizes }, [paths]) => deviceSizes.get(paths),
  },
  lv_list: {
    handle: ({ volumeLists }, [groups]) => volumeLists.logicalVolumes(groups),
  },
  vg_list: {
    handle: ({ volumeLists }) => volumeLists.volumeGroups(),
  },
  node_volumes: {
    handle: ({ volumeLists }) => volumeLists.nodeVolumes(),
  },
  storage_list: {
    handle: ({ storageUnits }, [type, args, name, fields]) =>
      storageUnits.list(type, args, name, fields),
  },
  storage_modify: {
    lock: () => LVM_LOCK,
    handle: ({ storageUnits }, [type, args, name, changes]) =>
      done(storageUnits.modify(type, args, name, changes)),
  },
  storage_execute: {
    lock: () => LVM_LOCK,
    handle: ({ storageUnits }, [type, args, name, operation]) =>
      done(storageUnits.execute(type, args, name, operation)),
  },
  extstorage_diagnose: {
    handle: ({ extProviders }) => extProviders.diagnose(),
  },
};
