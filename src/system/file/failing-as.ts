import { errorCode, errorReason } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';

/** Makes a system error of `work` a failure that the caller may read: `what`, and what the system has said. */
export async function failingAs<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new RpcFailure(`${what}: ${errorReason(error)}`, { cause: error });
  }
}
