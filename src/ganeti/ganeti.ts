import { join } from 'node:path';
import { errorReason } from '../base/errno.js';
import { FollowedFile } from '../system/file/cached-file.js';
import {
  GANETI_VERSIONS,
  type GanetiVersion,
  type KnownVersion,
  NEWEST_VERSION,
  OLDEST_VERSION,
} from './versions.js';

/** The module is 150 KB. */
const MAX_BYTES = 1024 * 1024;

/** Knows which version of Ganeti to speak; an interface, so that tests can pass a fixed one. */
export interface SpokenVersion {
  version(): GanetiVersion;
}

/** Where it is told what was found; a winston logger is one. */
export interface VersionLog {
  info(message: string, data: object): unknown;
  warn(message: string, data: object): unknown;
}

/** What Ganeti's own constants say. */
type InstalledVersion = Pick<GanetiVersion, 'name' | 'protocol' | 'release'>;

/**
 * The Ganeti of this machine: which version is to be spoken.
 *
 * Ganeti keeps several versions side by side and one of them active: `/etc/ganeti/share` links to the active one's code,
 * and the constants module in there says what it is (Ganeti: gnt_cluster._SetGanetiVersionAndEnsure).
 *
 * The question is asked again at every call that depends on it, and costs one look at the file. A daemon with a unit of
 * its own is not restarted by `gnt-cluster upgrade`, and would refuse the new master otherwise. Nothing runs while the
 * links change: the upgrade stops all daemons of the master first.
 */
export class Ganeti implements SpokenVersion {
  readonly #constants: FollowedFile<InstalledVersion | undefined>;
  readonly #told: KnownVersion | undefined;
  readonly #logger: VersionLog;
  #last: GanetiVersion | undefined;
  #lastWarning: string | undefined;

  /**
   * @param parts `shareDir` holds the code of the active version, in `ganeti/`; `told` is what the configuration wants,
   *   whatever is installed
   */
  constructor({
    shareDir,
    told,
    logger,
  }: {
    shareDir: string;
    told: KnownVersion | undefined;
    logger: VersionLog;
  }) {
    const path = join(shareDir, 'ganeti/_constants.py');
    this.#constants = new FollowedFile(path, MAX_BYTES, parseConstants);
    this.#told = told;
    this.#logger = logger;
  }

  /** The version that is told or installed; without Ganeti the newest that is known. */
  version(): GanetiVersion {
    const version = this.#choose(this.#installed());
    const last = this.#last;
    if (last?.name === version.name && last.release === version.release) return last;
    this.#last = version;
    if (last !== undefined)
      this.#logger.info('Ganeti has changed', { from: last.release, to: version.release });
    return version;
  }

  #choose(installed: InstalledVersion | undefined): GanetiVersion {
    const name = this.#told ?? installed?.name;
    if (isKnown(name))
      return { ...GANETI_VERSIONS[name], ...(installed?.name === name && installed) };
    if (installed === undefined) return NEWEST_VERSION;
    const { release } = installed;
    if (installed.protocol > NEWEST_VERSION.protocol) {
      this.#warnOnce('this Ganeti is newer than what is known of it', { release });
      return { ...NEWEST_VERSION, ...installed };
    }
    this.#warnOnce('this Ganeti is too old: its master will refuse this node', { release });
    return OLDEST_VERSION;
  }

  /** Code that can't be read is no reason to leave the node without a daemon. */
  #installed(): InstalledVersion | undefined {
    try {
      return this.#constants.read();
    } catch (error) {
      const reason = errorReason(error);
      this.#warnOnce("can't tell the version of Ganeti", { file: this.#constants.path, reason });
      return undefined;
    }
  }

  /** Not at each call. */
  #warnOnce(message: string, data: Readonly<Record<string, string>>): void {
    const warning = JSON.stringify([message, data]);
    if (warning === this.#lastWarning) return;
    this.#lastWarning = warning;
    this.#logger.warn(message, data);
  }
}

function isKnown(name: string | undefined): name is KnownVersion {
  return name !== undefined && Object.hasOwn(GANETI_VERSIONS, name);
}

/** @param text the module, undefined when no Ganeti is installed */
function parseConstants(text: string | undefined): InstalledVersion | undefined {
  if (text === undefined) return undefined;
  const name = constant(text, 'DIR_VERSION', /^"(\d+\.\d+)"$/);
  const release = constant(text, 'RELEASE_VERSION', /^"([\w.~+-]+)"$/);
  return { name, release, protocol: Number(constant(text, 'PROTOCOL_VERSION', /^(\d{1,9})$/)) };
}

function constant(text: string, name: string, pattern: RegExp): string {
  const [, value = ''] = new RegExp(`^${name} = (.*)$`, 'm').exec(text) ?? [];
  const [, found] = pattern.exec(value) ?? [];
  if (found === undefined) throw new Error(`there is no ${name} in it`);
  return found;
}
