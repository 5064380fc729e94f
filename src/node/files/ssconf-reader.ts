import { join } from 'node:path';
import { IPV6_FAMILY, MAX_SSCONF_BYTES } from '../../base/constants.js';
import { errorReason } from '../../base/errno.js';
import { BackendError, messageOf } from '../../base/errors.js';
import { FollowedFile } from '../../system/file/cached-file.js';
import { type NodeAddress, SSCONF_FORMS, type SsconfValues } from './ssconf-forms.js';

/** The node does not know enough of its cluster (Ganeti: errors.ConfigurationError). */
export class SsconfError extends BackendError {}

type Key = keyof SsconfValues;

/**
 * What every node of a cluster is told about it, one file a fact (Ganeti: ssconf.SimpleStore).
 *
 * The files are read again only when they have changed. Each method throws a SsconfError when the file is missing or is
 * not as the master writes it. Deviation: Ganeti takes any text.
 */
export class Ssconf {
  readonly #dataDir: string;
  readonly #files = new Map<Key, FollowedFile<string | undefined>>();

  constructor({ dataDir }: { dataDir: string }) {
    this.#dataDir = dataDir;
  }

  clusterName(): string {
    return this.#value('cluster_name');
  }

  /** A name, or `NO MASTER` in the last moments of a cluster. */
  masterNode(): string {
    return this.#value('master_node');
  }

  /** Names of all nodes. */
  nodeList(): string[] {
    return this.#value('node_list');
  }

  onlineNodes(): string[] {
    return this.#value('online_nodes');
  }

  /** The addresses of all nodes, of both kinds. */
  nodeAddresses(): NodeAddress[] {
    return [...this.#value('node_primary_ips'), ...this.#value('node_secondary_ips')];
  }

  /** Ports of the SSH daemons by node name. */
  sshPorts(): Map<string, number> {
    return this.#value('ssh_ports');
  }

  /** Whether the nodes' primary addresses are IPv6; a cluster that does not say has IPv4. */
  isIpv6(): boolean {
    return this.#valueIfThere('primary_ip_family') === IPV6_FAMILY;
  }

  #value<K extends Key>(key: K): SsconfValues[K] {
    const value = this.#valueIfThere(key);
    if (value === undefined)
      throw new SsconfError(`Can't read ssconf file ${this.#path(key)}: No such file or directory`);
    return value;
  }

  #valueIfThere<K extends Key>(key: K): SsconfValues[K] | undefined {
    const text = this.#textIfThere(key);
    if (text === undefined) return undefined;
    try {
      return SSCONF_FORMS[key](text);
    } catch (error) {
      throw new SsconfError(
        `The content of ssconf file ${this.#path(key)} is not valid: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  #textIfThere(key: Key): string | undefined {
    try {
      return this.#file(key).read();
    } catch (error) {
      throw new SsconfError(`Can't read ssconf file ${this.#path(key)}: ${errorReason(error)}`, {
        cause: error,
      });
    }
  }

  #file(key: Key): FollowedFile<string | undefined> {
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const file = new FollowedFile(this.#path(key), MAX_SSCONF_BYTES, (text) =>
      text?.replace(/\n+$/, ''),
    );
    this.#files.set(key, file);
    return file;
  }

  #path(key: Key): string {
    return join(this.#dataDir, `ssconf_${key}`);
  }
}
