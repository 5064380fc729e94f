import type { ImportExportStatus } from '../generated/objects.js';
import { done, type CallRows } from './call-table.js';

export const EXPORT_CALLS: CallRows<
  | 'export_start'
  | 'import_start'
  | 'impexp_status'
  | 'impexp_abort'
  | 'impexp_cleanup'
  | 'finalize_export'
  | 'export_info'
  | 'export_list'
  | 'export_remove'
> = {
  export_start: {
    handle: ({ transfers }, [options, host, port, instance, component, end]) =>
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
    handle: ({ transfers }, [options, instance, component, end]) =>
      transfers.start({ mode: 'import', options, peer: undefined, instance, component, end }),
  },
  impexp_status: {
    handle: async ({ transfers }, [names]) =>
      (await transfers.status(names)) as (ImportExportStatus | null)[],
  },
  impexp_abort: {
    handle: ({ transfers }, [name]) => done(transfers.abort(name)),
  },
  impexp_cleanup: {
    lock: ([name]) => `transfer ${name}`,
    handle: ({ transfers }, [name]) => done(transfers.cleanup(name)),
  },
  finalize_export: {
    lock: ([{ name }]) => exportLock(name),
    handle: ({ exports }, [instance, disks]) => done(exports.finalize(instance, disks)),
  },
  export_info: {
    handle: ({ exports }, [path]) => exports.info(path),
  },
  export_list: {
    handle: ({ exports }) => exports.list(),
  },
  export_remove: {
    lock: ([name]) => exportLock(name),
    handle: ({ exports }, [name]) => done(exports.remove(name)),
  },
};

function exportLock(name: string): string {
  return `export ${name}`;
}
