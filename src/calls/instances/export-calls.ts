import type { ImportExportStatus } from '../../generated/objects.js';
import {
  exportInfo,
  type ExportsParts,
  finalizeExport,
  listExports,
  removeExport,
} from '../../instance/export/exports.js';
import {
  abortTransfer,
  cleanUpTransfer,
  startTransfer,
  type TransfersParts,
  transferStatus,
} from '../../instance/transfer/transfers.js';
import { done, type SomeCallRows } from '../call-row.js';

export const exportCalls = (needs: ExportsParts & TransfersParts) =>
  ({
    export_start: {
      run: ([options, host, port, instance, component, end]) =>
        startTransfer(needs, {
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
        startTransfer(needs, {
          mode: 'import',
          options,
          peer: undefined,
          instance,
          component,
          end,
        }),
    },
    impexp_status: {
      run: async ([names]) => (await transferStatus(needs, names)) as (ImportExportStatus | null)[],
    },
    impexp_abort: {
      run: ([name]) => done(abortTransfer(needs, name)),
    },
    impexp_cleanup: {
      lock: ([name]) => `transfer ${name}`,
      run: ([name]) => done(cleanUpTransfer(needs, name)),
    },
    finalize_export: {
      lock: ([{ name }]) => [name, `${name}.new`, `.${name}.old`].map(exportLock),
      run: ([instance, disks]) => done(finalizeExport(needs, instance, disks)),
    },
    export_info: {
      run: ([path]) => exportInfo(needs, path),
    },
    export_list: {
      run: () => listExports(needs),
    },
    export_remove: {
      lock: ([name]) => exportLock(name),
      run: ([name]) => done(removeExport(needs, name)),
    },
  }) satisfies SomeCallRows;

function exportLock(name: string): string {
  return `export ${name}`;
}
