import { RpcFailure } from '../../base/errors.js';
import { translate } from '../../base/translate.js';
import { LockTimeoutError } from '../../system/file/file-lock.js';

/** The result of `work`; that others hold a lock for too long is a failure of the kind `busy`. */
export function failWhenLocked<T>(work: () => Promise<T>): Promise<T> {
  const toFailure = (error: LockTimeoutError) =>
    new RpcFailure(error.message, { kind: 'busy', cause: error, data: { path: error.path } });
  return translate(LockTimeoutError, toFailure, work);
}
