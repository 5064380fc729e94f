import { HypervisorError } from '../../base/errors.js';
import type { Hvparams } from '../../generated/objects.js';
import { isNormalizedAbsolutePath, type ParameterTable, shown } from '../parameters.js';

/** Ganeti: ChrootManager.PARAMETERS. */
export const CHROOT_PARAMETERS: ParameterTable = new Map([
  [
    'init_script',
    {
      isRequired: true,
      syntax: {
        isValid: isNormalizedAbsolutePath,
        message: 'must be an absolute normalized path',
      },
    },
  ],
]);

/**
 * The script that starts and stops the instance, as a path inside its root.
 *
 * @throws HypervisorError when it is not given, or not an absolute normalized path
 */
export function initScriptOf({ init_script: path }: Hvparams): string {
  if (typeof path === 'string' && isNormalizedAbsolutePath(path)) return path;
  if (path === undefined) throw new HypervisorError("Parameter 'init_script' is missing");
  throw new HypervisorError(
    `Parameter 'init_script' fails syntax check: must be an absolute normalized path (current value: '${shown(path)}')`,
  );
}
