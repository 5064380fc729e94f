import { readlinkSync } from 'node:fs';
import { errorCode } from '../../base/errno.js';

/** linux/proc_ns.h: PROC_PID_INIT_INO. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

/** The PID namespace of this process; undefined when it is the machine's first, as it is outside of containers. */
export function ownPidNamespace(): string | undefined {
  const namespace = readlinkSync('/proc/self/ns/pid');
  return namespace === INITIAL_PID_NAMESPACE ? undefined : namespace;
}

/** The network namespace of this process; undefined when it is known to be that of the machine's first process. */
export function ownNetworkNamespace(): string | undefined {
  const namespace = readlinkSync('/proc/self/ns/net');
  const isFirst = ownPidNamespace() === undefined && namespace === networkOfFirstProcess();
  return isFirst ? undefined : namespace;
}

/** Undefined without the right to know. */
function networkOfFirstProcess(): string | undefined {
  try {
    return readlinkSync('/proc/1/ns/net');
  } catch (error) {
    if (errorCode(error) === 'EACCES') return undefined;
    throw error;
  }
}
