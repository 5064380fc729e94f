import { join } from 'node:path';
import { MAX_SSCONF_BYTES } from '../../base/constants.js';
import { BackendError, messageOf, RpcFailure } from '../../base/errors.js';
import { mapLimited } from '../../base/map-limited.js';
import { failAs } from '../../base/translate.js';
import { syncDirectory } from '../../system/file/directories.js';
import { withFileLock } from '../../system/file/file-lock.js';
import { replaceUnsynced } from '../../system/file/files.js';
import { failWhenLocked } from './lock-failure.js';
import type { WhenMounted } from './mounted-files.js';

/** Ganeti: ssconf.SSCONF_LOCK_TIMEOUT */
const LOCK_TIMEOUT_MS = 10_000;
/** Ganeti: constants.SS_FILE_PERMS */
const FILE_MODE = 0o444;
const FILE_PREFIX = 'ssconf_';
/** Files that are on their way to the disk at the same time; others of Node's few threads are left to other calls. */
const CONCURRENCY = 3;

/** Ganeti: ssconf._VALID_KEYS */
const KEYS = [
  ...['cluster_name', 'cluster_tags', 'enabled_user_shutdown', 'file_storage_dir'],
  ...['gluster_storage_dir', 'hypervisor_list', 'instance_list', 'maintain_node_health'],
  ...['master_candidates', 'master_candidates_certs', 'master_candidates_ips', 'master_ip'],
  ...['master_netdev', 'master_netmask', 'master_node', 'networks', 'node_list'],
  ...['node_primary_ips', 'node_secondary_ips', 'node_vm_capable', 'nodegroups', 'offline_nodes'],
  ...['online_nodes', 'primary_ip_family', 'release_version', 'shared_file_storage_dir'],
  ...['ssh_ports', 'uid_pool'],
  ...['chroot', 'fake', 'kvm', 'lxc', 'xen-hvm', 'xen-pvm'].map((name) => `hvparams_${name}`),
];

/** A value, or its lines. */
export type SsconfValue = string | readonly string[];

export interface SsconfFilesParts {
  readonly directory: string;
  readonly lockFile: string;
  /** How the daemon reads those values that it goes by itself, by name; each throws for what it could not read. */
  readonly forms: Readonly<Record<string, (text: string) => unknown>>;
  readonly lockTimeoutMs?: number;
  readonly whenMounted?: WhenMounted;
}

/** The small files in which every node keeps what it has to know of the cluster. */
export class SsconfFiles {
  readonly #parts: SsconfFilesParts & Required<Pick<SsconfFilesParts, 'lockTimeoutMs'>>;

  constructor(parts: SsconfFilesParts) {
    this.#parts = { lockTimeoutMs: LOCK_TIMEOUT_MS, ...parts };
  }

  /**
   * Writes the given files, under the lock that Ganeti's other programs take (Ganeti: ssconf.WriteSsconfFiles).
   *
   * Deviation: all values are checked before the first one is written, and those that the daemon goes by must be readable: with
   * others it would let nobody in, not even who could write better ones.
   *
   * @throws NodeError for an unknown name or a value that is too long or can't be read
   */
  async write(values: Readonly<Record<string, SsconfValue>>): Promise<void> {
    const files = Object.entries(values).map(([key, value]) => [key, textOf(value)] as const);
    for (const [key, text] of files) this.#check(key, text);
    await failAs(RpcFailure, "Can't write ssconf files", () =>
      failWhenLocked(() =>
        withFileLock(this.#parts.lockFile, { timeoutMs: this.#parts.lockTimeoutMs }, async () => {
          await mapLimited(files, CONCURRENCY, ([key, text]) => this.#writeOne(key, text));
          await syncDirectory(this.#parts.directory);
        }),
      ),
    );
  }

  #check(key: string, text: string): void {
    if (!KEYS.includes(key)) throw new BackendError(`Invalid key requested from SSConf: '${key}'`);
    const lengthBytes = Buffer.byteLength(text);
    if (lengthBytes > MAX_SSCONF_BYTES)
      throw new BackendError(
        `Value '${key}' has a length of ${lengthBytes} bytes, but only up to ${MAX_SSCONF_BYTES} are allowed`,
      );
    try {
      this.#parts.forms[key]?.(text.replace(/\n+$/, ''));
    } catch (error) {
      throw new BackendError(`Value '${key}' is not valid: ${messageOf(error)}`, { cause: error });
    }
  }

  async #writeOne(key: string, text: string): Promise<void> {
    const path = join(this.#parts.directory, `${FILE_PREFIX}${key}`);
    await failAs(RpcFailure, `Can't write ssconf file ${path}`, () =>
      replaceUnsynced(path, text, { mode: FILE_MODE, whenMounted: this.#parts.whenMounted }),
    );
  }
}

function textOf(value: SsconfValue): string {
  const text = typeof value === 'string' ? value : value.join('\n');
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
