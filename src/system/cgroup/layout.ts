import { parseMountinfo } from '../proc/mount-table.js';

/** Where the node's control group hierarchies are mounted. */
export interface CgroupLayout {
  /** Version 2, alone or beside version 1 (then without controllers). */
  readonly unified: string | undefined;
  /** Version 1: controller name (`memory`, `cpu`, `freezer`, `name=systemd`, …) to mount point. */
  readonly legacy: ReadonlyMap<string, string>;
}

/**
 * Reads the layout from /proc/self/mountinfo.
 *
 * @param mountinfo read as latin1
 */
export function readLayout(mountinfo: string): CgroupLayout {
  const mounts = parseMountinfo(mountinfo);
  const legacy = new Map<string, string>();
  for (const { fsType, mountPoint, superOptions } of mounts)
    if (fsType === 'cgroup')
      for (const name of superOptions) if (!legacy.has(name)) legacy.set(name, mountPoint);
  return { unified: mounts.find(({ fsType }) => fsType === 'cgroup2')?.mountPoint, legacy };
}
