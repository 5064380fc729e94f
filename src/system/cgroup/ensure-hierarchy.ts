import { mkdir, rmdir } from 'node:fs/promises';
import type { CommandRunner } from '../command/command.js';
import { byteString } from '../proc/mount-table.js';
import { findLayout } from './layout.js';
import { trackingHierarchy } from './tracking.js';

const MOUNT_TIMEOUT_MS = 30_000;

/** A control group hierarchy that can be used. */
export interface Hierarchy {
  /** Unmounts it, if it is there for us only. Groups and what is in them stay: another mount shows them again. */
  release(): Promise<void>;
}

/**
 * Sees to it that there is a hierarchy to track processes in: where nobody has mounted one, as in some containers, it is
 * version 2, mounted at `directory`.
 */
export async function ensureHierarchy(
  directory: string,
  commands: CommandRunner,
  { rootsDir, mountinfo = '/proc/self/mountinfo' }: { rootsDir?: string; mountinfo?: string } = {},
): Promise<Hierarchy> {
  const layout = await findLayout(mountinfo, rootsDir);
  const tracking = trackingHierarchy(layout);
  if (tracking === undefined) {
    await mkdir(directory, { recursive: true, mode: 0o755 });
    const argv = ['mount', '-n', '-t', 'cgroup2', 'none', directory] as const;
    await commands.run(argv, { timeoutMs: MOUNT_TIMEOUT_MS });
  }
  // One that was killed may have left its own.
  const isOurs = tracking === undefined || tracking.path === byteString(directory);
  return {
    release: async () => {
      if (!isOurs) return;
      await commands.run(['umount', '-n', directory], { timeoutMs: MOUNT_TIMEOUT_MS });
      await rmdir(directory);
    },
  };
}
