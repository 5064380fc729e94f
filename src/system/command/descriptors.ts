import { readdirSync } from 'node:fs';
import { errorCode } from '../../base/errno.js';
import { closeOnExec } from '../kernel/syscalls.js';

/** Standard input, output and error. */
const STANDARD_DESCRIPTORS = 3;

/**
 * Keeps what our own starter left open from the programs that we start. What Node.js opens itself is kept from them
 * anyway.
 */
export function sealInheritedDescriptors(): void {
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd < STANDARD_DESCRIPTORS) continue;
    try {
      closeOnExec(fd);
    } catch (error) {
      // The descriptor with which the list was read is closed by now.
      if (errorCode(error) !== 'EBADF') throw error;
    }
  }
}
