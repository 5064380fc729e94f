import { basename, dirname, join } from 'node:path';

/** Ganeti: constants.V_CLUSTER_ROOTDIR_ENVNAME, V_CLUSTER_HOSTNAME_ENVNAME. */
const ROOTDIR_VARIABLE = 'GANETI_ROOTDIR';
const HOSTNAME_VARIABLE = 'GANETI_HOSTNAME';

/**
 * Many nodes on one host, told apart by the directory that each has for its root, for tests of Ganeti itself
 * (Ganeti: vcluster). A real node is not part of one.
 */
export class VirtualCluster {
  readonly #nodeRoot: string | undefined;

  /** @param nodeRoot the directory that holds this node, named like it; undefined on a real one */
  constructor({ nodeRoot }: { nodeRoot: string | undefined }) {
    this.#nodeRoot = nodeRoot;
  }

  /** The name of this node; undefined on a real one, where it is that of the host. */
  get hostname(): string | undefined {
    return this.#nodeRoot === undefined ? undefined : basename(this.#nodeRoot);
  }

  /** What programs of Ganeti have to be told on this node. */
  get environment(): Record<string, string> {
    return this.hostname === undefined ? {} : this.environmentOf(this.hostname);
  }

  /** What programs of Ganeti have to be told on `node` (Ganeti: vcluster.EnvironmentForHost). */
  environmentOf(node: string): Record<string, string> {
    if (this.#nodeRoot === undefined) return {};
    return {
      [ROOTDIR_VARIABLE]: join(dirname(this.#nodeRoot), node),
      [HOSTNAME_VARIABLE]: node,
    };
  }
}
