import { diagnoseOs } from '../os/os-diagnosis.js';
import { done, instanceLock, type CallRows } from './call-table.js';

export const OS_CALLS: CallRows<
  'os_diagnose' | 'os_validate' | 'os_export' | 'instance_run_rename'
> = {
  os_diagnose: {
    handle: ({ osDefinitions }) => diagnoseOs(osDefinitions),
  },
  os_validate: {
    handle: ({ osValidation }, [isRequired, name, checks, parameters, isVariantForced]) =>
      osValidation.validate({ isRequired, name, checks, parameters, isVariantForced }),
  },
  os_export: {
    lock: ([instance]) => instanceLock(instance),
    handle: ({ osExport }, [instance, overrides]) => osExport.export(instance, overrides),
  },
  instance_run_rename: {
    lock: ([instance]) => instanceLock(instance),
    handle: ({ osScripts }, [instance, oldName, debug]) =>
      done(osScripts.rename(instance, oldName, debug)),
  },
};
