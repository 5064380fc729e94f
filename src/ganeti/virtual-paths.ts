import { join } from 'node:path';
import { RpcFailure } from '../base/errors.js';

/** Ganeti: constants.V_CLUSTER_VIRT_PATH_PREFIX */
const PREFIX = '/###-VIRTUAL-PATH-###,';
/** Files that all nodes of a virtual cluster share (Ganeti: constants.V_CLUSTER_VPATH_WHITELIST). */
const SHARED = ['/etc/hosts'];

/**
 * A path on this node as the master of a virtual cluster names it: each of its nodes lives in a directory of its own, and
 * only the node itself knows which (Ganeti: vcluster.LocalizeVirtualPath).
 *
 * @param nodeRoot the directory that holds this node, or undefined if it is a machine of its own
 * @throws RpcFailure for a path of another kind than this node's
 */
export function localPath(nodeRoot: string | undefined, path: string): string {
  if (nodeRoot === undefined || SHARED.includes(path)) return path;
  if (!path.startsWith(PREFIX)) throw new RpcFailure(`Path '${path}' is not a virtual path`);
  return join(nodeRoot, path.slice(PREFIX.length));
}
