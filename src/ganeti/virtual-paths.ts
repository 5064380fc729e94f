import { join } from 'node:path';
import { RpcFailure } from '../base/errors.js';

/** Ganeti: constants.V_CLUSTER_VIRT_PATH_PREFIX */
const PREFIX = '/###-VIRTUAL-PATH-###,';
/** Files that all nodes of a virtual cluster share (Ganeti: constants.V_CLUSTER_VPATH_WHITELIST). */
const SHARED = ['/etc/hosts'];

/**
 * Paths as the master of a virtual cluster names them: each of its nodes lives in a directory of its own, and only the node
 * itself knows which (Ganeti: vcluster.LocalizeVirtualPath).
 */
export class VirtualPaths {
  readonly #nodeRoot: string | undefined;

  /** @param parts `nodeRoot` is the directory that holds this node, or undefined if it is a machine of its own */
  constructor({ nodeRoot }: { nodeRoot: string | undefined }) {
    this.#nodeRoot = nodeRoot;
  }

  /** @throws RpcFailure for a path of another kind than this node's */
  localize(path: string): string {
    if (this.#nodeRoot === undefined || SHARED.includes(path)) return path;
    if (!path.startsWith(PREFIX)) throw new RpcFailure(`Path '${path}' is not a virtual path`);
    return join(this.#nodeRoot, path.slice(PREFIX.length));
  }
}
