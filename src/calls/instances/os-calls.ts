import { diagnoseOs } from '../../os/diagnosis.js';
import { exportOs, type OsExportParts } from '../../os/export.js';
import { type OsScriptsParts, renameOs } from '../../os/scripts.js';
import { type OsValidationParts, validateOs } from '../../os/validation.js';
import { done, instanceAndDiskLocks, instanceLock, type SomeCallRows } from '../call-row.js';

export const osCalls = (needs: OsExportParts & OsScriptsParts & OsValidationParts) =>
  ({
    os_diagnose: {
      run: () => diagnoseOs(needs.osSearchPath),
    },
    os_validate: {
      run: ([isRequired, name, checks, parameters, isVariantForced]) =>
        validateOs(needs, { isRequired, name, checks, parameters, isVariantForced }),
    },
    os_export: {
      lock: ([instance]) => instanceLock(instance),
      run: ([instance, overrides]) => exportOs(needs, instance, overrides),
    },
    instance_run_rename: {
      lock: ([instance, oldName]) => [
        ...instanceAndDiskLocks(instance),
        instanceLock({ name: oldName }),
      ],
      run: ([instance, oldName, debug]) => done(renameOs(needs, instance, oldName, debug)),
    },
  }) satisfies SomeCallRows;
