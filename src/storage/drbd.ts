import { RpcFailure } from '../base/errors.js';

/** Refuses what only DRBD disks are for, and says so. */
export function refuseDrbd(what: string): never {
  throw new RpcFailure(`DRBD is not served by this node daemon (${what})`, { kind: 'not-served' });
}
