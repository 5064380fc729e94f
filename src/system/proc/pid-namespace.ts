import { readlinkSync } from 'node:fs';

/** linux/proc_ns.h: PROC_PID_INIT_INO. */
const INITIAL = 'pid:[4026531836]';

/** The PID namespace of this process; undefined when it is the machine's first, as it is outside of containers. */
export function ownPidNamespace(): string | undefined {
  const namespace = readlinkSync('/proc/self/ns/pid');
  return namespace === INITIAL ? undefined : namespace;
}
