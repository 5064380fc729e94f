import {
  acceptInstance,
  finalizeMigrationDst,
  finalizeMigrationSource,
  type InstanceChangesParts,
  migrateInstance,
  migrationInfo,
  migrationStatus,
} from '../../instance/changes.js';
import { done, instanceLock, type SomeCallRows } from '../call-row.js';

export const migrationCalls = (needs: InstanceChangesParts) =>
  ({
    migration_info: {
      run: ([instance]) => migrationInfo(needs, instance),
    },
    accept_instance: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, info, target]) => done(acceptInstance(needs, instance, info, target)),
    },
    instance_migrate: {
      lock: ([, instance]) => instanceLock(instance),
      run: ([clusterName, instance, target, isLive]) =>
        done(migrateInstance(needs, clusterName, instance, target, isLive)),
    },
    instance_finalize_migration_src: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, isSuccess, isLive]) =>
        done(finalizeMigrationSource(needs, instance, isSuccess, isLive)),
    },
    instance_finalize_migration_dst: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, info, isSuccess]) =>
        done(finalizeMigrationDst(needs, instance, info, isSuccess)),
    },
    instance_get_migration_status: {
      run: ([instance]) => migrationStatus(needs, instance),
    },
  }) satisfies SomeCallRows;
