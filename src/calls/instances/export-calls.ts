import type { ImportExportStatus } from '../../generated/objects.js';
import type { Exports } from '../../instance/export/exports.js';
import type { Transfers } from '../../instance/transfer/transfers.js';
import { done, type SomeCallRows } from '../call-row.js';

export interface ExportCallNeeds {
  readonly exports: Exports;
  readonly transfers: Transfers;
}

export const exportCalls = ({ exports, transfers }: ExportCallNeeds) =>
  ({
    export_start: {
      run: ([options, host, port, instance, component, end]) =>
        transfers.start({
          mode: 'export',
          options,
          peer: { host, port },
          instance,
          component,
          end,
        }),
    },
    import_start: {
      run: ([options, instance, component, end]) =>
        transfers.start({ mode: 'import', options, peer: undefined, instance, component, end }),
    },
    impexp_status: {
      run: async ([names]) => (await transfers.status(names)) as (ImportExportStatus | null)[],
    },
    impexp_abort: {
      run: ([name]) => done(transfers.abort(name)),
    },
    impexp_cleanup: {
      lock: ([name]) => `transfer ${name}`,
      run: ([name]) => done(transfers.cleanup(name)),
    },
    finalize_export: {
      lock: ([{ name }]) => exportLock(name),
      run: ([instance, disks]) => done(exports.finalize(instance, disks)),
    },
    export_info: {
      run: ([path]) => exports.info(path),
    },
    export_list: {
      run: () => exports.list(),
    },
    export_remove: {
      lock: ([name]) => exportLock(name),
      run: ([name]) => done(exports.remove(name)),
    },
  }) satisfies SomeCallRows;

function exportLock(name: string): string {
  return `export ${name}`;
}
