import { done, instanceLock, type CallRows } from './call-table.js';

export const MIGRATION_CALLS: CallRows<
  | 'migration_info'
  | 'accept_instance'
  | 'instance_migrate'
  | 'instance_finalize_migration_src'
  | 'instance_finalize_migration_dst'
  | 'instance_get_migration_status'
> = {
  migration_info: {
    handle: ({ changes }, [instance]) => changes.migrationInfo(instance),
  },
  accept_instance: {
    lock: ([instance]) => instanceLock(instance),
    handle: ({ changes }, [instance, info, target]) => done(changes.accept(instance, info, target)),
  },
  instance_migrate: {
    lock: ([, instance]) => instanceLock(instance),
    handle: ({ changes }, [clusterName, instance, target, isLive]) =>
      done(changes.migrate(clusterName, instance, target, isLive)),
  },
  instance_finalize_migration_src: {
    lock: ([instance]) => instanceLock(instance),
    handle: ({ changes }, [instance, isSuccess, isLive]) =>
      done(changes.finalizeMigrationSource(instance, isSuccess, isLive)),
  },
  instance_finalize_migration_dst: {
    lock: ([instance]) => instanceLock(instance),
    handle: ({ changes }, [instance, info, isSuccess]) =>
      done(changes.finalizeMigrationDst(instance, info, isSuccess)),
  },
  instance_get_migration_status: {
    handle: ({ changes }, [instance]) => changes.migrationStatus(instance),
  },
};
