import type { InstanceChanges } from '../../instance/changes.js';
import { done, instanceLock, type SomeCallRows } from '../call-row.js';

export interface MigrationCallNeeds {
  readonly changes: InstanceChanges;
}

export const migrationCalls = ({ changes }: MigrationCallNeeds) =>
  ({
    migration_info: {
      run: ([instance]) => changes.migrationInfo(instance),
    },
    accept_instance: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, info, target]) => done(changes.accept(instance, info, target)),
    },
    instance_migrate: {
      lock: ([, instance]) => instanceLock(instance),
      run: ([clusterName, instance, target, isLive]) =>
        done(changes.migrate(clusterName, instance, target, isLive)),
    },
    instance_finalize_migration_src: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, isSuccess, isLive]) =>
        done(changes.finalizeMigrationSource(instance, isSuccess, isLive)),
    },
    instance_finalize_migration_dst: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, info, isSuccess]) =>
        done(changes.finalizeMigrationDst(instance, info, isSuccess)),
    },
    instance_get_migration_status: {
      run: ([instance]) => changes.migrationStatus(instance),
    },
  }) satisfies SomeCallRows;
