import { join } from 'node:path';
import { IPV6_FAMILY, MAX_SSCONF_BYTES } from '../../base/constants.js';
import { errorReason } from '../../base/errno.js';
import { BackendError } from '../../base/errors.js';
import { FollowedFile } from '../../system/file/cached-file.js';

/** What the configuration daemon writes for the master's name while a cluster is destroyed. */
const NO_MASTER = 'NO MASTER';

/** The node does not know enough of its cluster (Ganeti: errors.ConfigurationError). */
export class SsconfError extends BackendError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
  }
}

/** The names of the files that are read, without `ssconf_`. */
type Key =
  | 'cluster_name'
  | 'master_node'
  | 'node_list'
  | 'node_primary_ips'
  | 'node_secondary_ips'
  | 'online_nodes'
  | 'primary_ip_family'
  | 'ssh_ports';

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
    return this.#name('cluster_name');
  }

  /** A name, or `NO MASTER` in the last moments of a cluster. */
  masterNode(): string {
    return this.#read('master_node') === NO_MASTER ? NO_MASTER : this.#name('master_node');
  }

  /** Names of all nodes. */
  nodeList(): string[] {
    return lines(this.#read('node_list'));
  }

  onlineNodes(): string[] {
    return lines(this.#read('online_nodes'));
  }

  /** The addresses of all nodes, of both kinds. */
  nodeAddresses(): { node: string; address: string }[] {
    const keys = ['node_primary_ips', 'node_secondary_ips'] as const;
    return keys.flatMap((key) =>
      lines(this.#read(key)).map((line) => {
        const [, node, address] = /^(\S+) (\S+)$/.exec(line) ?? [];
        if (node === undefined || address === undefined) throw this.#malformed(key, line);
        return { node, address };
      }),
    );
  }

  /** Ports of the SSH daemons by node name. */
  sshPorts(): Map<string, number> {
    return new Map(
      lines(this.#read('ssh_ports')).map((line) => {
        const [, node, port] = /^([^=\s]+)=(\d{1,5})$/.exec(line) ?? [];
        if (node === undefined) throw this.#malformed('ssh_ports', line);
        return [node, Number(port)];
      }),
    );
  }

  /** Whether the nodes' primary addresses are IPv6; a cluster that does not say has IPv4. */
  isIpv6(): boolean {
    const family = this.#readIfThere('primary_ip_family') ?? '';
    if (!/^\d*$/.test(family)) throw this.#malformed('primary_ip_family', family);
    return family === String(IPV6_FAMILY);
  }

  #name(key: Key): string {
    const name = this.#read(key);
    if (!/^\S+$/.test(name)) throw this.#malformed(key, name);
    return name;
  }

  #read(key: Key): string {
    const text = this.#readIfThere(key);
    if (text === undefined)
      throw new SsconfError(`Can't read ssconf file ${this.#path(key)}: No such file or directory`);
    return text;
  }

  #readIfThere(key: Key): string | undefined {
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

  #malformed(key: Key, text: string): SsconfError {
    return new SsconfError(
      `The content of ssconf file ${this.#path(key)} is not valid: ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
}

function lines(text: string): string[] {
  return text === '' ? [] : text.split('\n');
}
