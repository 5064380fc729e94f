import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** linux/capability.h. */
const CAPABILITIES = { CAP_CHOWN: 0, CAP_SYS_CHROOT: 18, CAP_SYS_ADMIN: 21 } as const;

export type Capability = keyof typeof CAPABILITIES;

/** The first line of uid_map in the user namespace of the machine: all users are themselves. */
const ALL_USERS = /^\s*0\s+0\s+4294967295\s*$/m;

/**
 * Whether this process has a capability in effect.
 *
 * @param self /proc/self, but for tests
 */
export function hasCapability(capability: Capability, self = '/proc/self'): boolean {
  const [, mask = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(read(self, 'status')) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(CAPABILITIES[capability])) & 1n) === 1n;
}

/** Whether this process is in a user namespace of its own: its rights then are rights over that namespace only. */
export function isInUserNamespace(self = '/proc/self'): boolean {
  return !ALL_USERS.test(read(self, 'uid_map'));
}

/** Whether this process may make files those of any user. */
export function canGiveFilesAway(self = '/proc/self'): boolean {
  return hasCapability('CAP_CHOWN', self) && !isInUserNamespace(self);
}

/**
 * Why this process can't mount a disk, as far as that can be told without trying: a few words for a message. Undefined
 * when nothing is known to be missing.
 */
export function missingMountRight(self = '/proc/self'): string | undefined {
  if (!hasCapability('CAP_SYS_ADMIN', self)) return 'CAP_SYS_ADMIN is missing';
  if (isInUserNamespace(self)) return 'in a user namespace the kernel mounts no disks';
  return undefined;
}

/** How many files this process may have open. */
export function maxOpenFiles(self = '/proc/self'): number {
  const [, limit] = /^Max open files +(\d+)/m.exec(read(self, 'limits')) ?? [];
  return limit === undefined ? Infinity : Number(limit);
}

function read(self: string, file: string): string {
  return readFileSync(join(self, file), 'latin1');
}
