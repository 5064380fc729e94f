import { basename, dirname, join } from 'node:path';

/** Ganeti: constants.V_CLUSTER_ROOTDIR_ENVNAME, V_CLUSTER_HOSTNAME_ENVNAME. */
const ROOTDIR_VARIABLE = 'GANETI_ROOTDIR';
const HOSTNAME_VARIABLE = 'GANETI_HOSTNAME';

/**
 * The name of this node in a virtual cluster: many nodes on one host, told apart by the directory that each has for its
 * root, for tests of Ganeti itself (Ganeti: vcluster). A real node is not part of one.
 *
 * @param nodeRoot the directory that holds this node, named like it; undefined on a real one
 * @returns undefined on a real node, where it is that of the host
 */
export function virtualHostname(nodeRoot: string | undefined): string | undefined {
  return nodeRoot === undefined ? undefined : basename(nodeRoot);
}

/** What programs of Ganeti have to be told on this node. */
export function virtualEnvironment(nodeRoot: string | undefined): Record<string, string> {
  return nodeRoot === undefined ? {} : virtualEnvironmentOf(nodeRoot, basename(nodeRoot));
}

/** What programs of Ganeti have to be told on `node` (Ganeti: vcluster.EnvironmentForHost). */
export function virtualEnvironmentOf(
  nodeRoot: string | undefined,
  node: string,
): Record<string, string> {
  if (nodeRoot === undefined) return {};
  return {
    [ROOTDIR_VARIABLE]: join(dirname(nodeRoot), node),
    [HOSTNAME_VARIABLE]: node,
  };
}
