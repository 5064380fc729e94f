import { byteString, type Mount, MountTable, parseMountinfo } from '../proc/mount-table.js';

/** Where the node's control group hierarchies are mounted. */
export interface CgroupLayout {
  /** Version 2, alone or beside version 1 (then without controllers). */
  readonly unified: string | undefined;
  /** Version 1: controller name (`memory`, `cpu`, `freezer`, `name=systemd`, …) to mount point. */
  readonly legacy: ReadonlyMap<string, string>;
}

/**
 * Reads the layout from the file `mountinfo`, which is as /proc/self/mountinfo.
 *
 * @param rootsDir the directory in which instances have their roots: what is mounted there is theirs
 */
export async function findLayout(mountinfo: string, rootsDir?: string): Promise<CgroupLayout> {
  const table = new MountTable({ path: mountinfo });
  return layoutOf(await table.read({ fsTypes: ['cgroup', 'cgroup2'] }), rootsDir);
}

/** @param mountinfo the text of /proc/self/mountinfo, read as latin1 */
export function readLayout(mountinfo: string, rootsDir?: string): CgroupLayout {
  return layoutOf(parseMountinfo(mountinfo), rootsDir);
}

function layoutOf(all: readonly Mount[], rootsDir: string | undefined): CgroupLayout {
  const theirs = rootsDir === undefined ? undefined : `${byteString(rootsDir)}/`;
  const mounts = all.filter(
    ({ mountPoint }) => theirs === undefined || !mountPoint.startsWith(theirs),
  );
  const legacy = new Map<string, string>();
  for (const { fsType, mountPoint, superOptions } of mounts)
    if (fsType === 'cgroup')
      for (const name of superOptions) if (!legacy.has(name)) legacy.set(name, mountPoint);
  return { unified: mounts.find(({ fsType }) => fsType === 'cgroup2')?.mountPoint, legacy };
}
