import { readFileSync } from 'node:fs';
import { readLayout } from '../../../src/system/cgroup/layout.js';

/** The control group hierarchy in which the number of processes can be limited. */
export interface PidsHierarchy {
  /** Where it is mounted. */
  readonly root: string;
  /** A command that mounts it elsewhere, in front of the place. */
  readonly mount: string;
  /** A command after which groups at its root have the limit. */
  readonly enable: string;
}

/** Version 1 if this machine has the controller there, else version 2. */
export function pidsHierarchy(): PidsHierarchy {
  const { legacy, unified } = readLayout(readFileSync('/proc/self/mountinfo', 'latin1'));
  const root = legacy.get('pids');
  if (root !== undefined) return { root, mount: 'mount -t cgroup -o pids none', enable: 'true' };
  if (unified === undefined) throw new Error('no control groups are mounted');
  const enable = `echo +pids >${unified}/cgroup.subtree_control`;
  return { root: unified, mount: 'mount -t cgroup2 none', enable };
}
