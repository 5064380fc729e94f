/** How a node's memory is counted, by lines of /proc/meminfo (Ganeti: hv_base.BaseHypervisor.GetLinuxNodeInfo). */
export interface MemoryRule {
  /** The lines whose sum is free. Each is rounded down to MiB on its own. */
  readonly free: readonly [string, ...string[]];
  /** Those of them that a kernel may leave out. */
  readonly optional: readonly string[];
  /** The line that says what the node itself uses; undefined: all that is not free. */
  readonly ownUse: string | undefined;
}

/** What differs between versions of Ganeti, as far as a node daemon is concerned. */
export interface GanetiVersion {
  /** Major and minor number, as Ganeti's directories are called (Ganeti: constants.DIR_VERSION). */
  readonly name: string;
  /** A master refuses a node with another one (Ganeti: constants.PROTOCOL_VERSION). */
  readonly protocol: number;
  /** `gnt-cluster verify` compares it with the master's (Ganeti: constants.RELEASE_VERSION). */
  readonly release: string;
  readonly memory: MemoryRule;
  /** Users, each with a group of the same name, that files may belong to besides those of 3.0 (Ganeti: runtime.GetentResolver). */
  readonly addedAccounts: readonly string[];
}

/** The versions that were compared, as `ganeti.version` of the configuration names them. */
export type KnownVersion = '3.0' | '3.1';

/**
 * What differs by version is here and nowhere else. Each member's comment names Ganeti's place; docs/ganeti-versions.md
 * says what was compared, and which differences need nothing from us. The release is that of the code which was read.
 */
export const GANETI_VERSIONS: Readonly<Record<KnownVersion, GanetiVersion>> = {
  '3.0': {
    name: '3.0',
    protocol: 3_000_000,
    release: '3.0.2',
    memory: {
      free: ['MemFree', 'Buffers', 'Cached'],
      optional: ['Buffers', 'Cached'],
      ownUse: 'Active',
    },
    addedAccounts: [],
  },
  '3.1': {
    name: '3.1',
    protocol: 3_010_000,
    release: '3.1.0~rc2',
    memory: { free: ['MemAvailable'], optional: [], ownUse: undefined },
    addedAccounts: ['gnt-metad'],
  },
};

export const OLDEST_VERSION = GANETI_VERSIONS['3.0'];
export const NEWEST_VERSION = GANETI_VERSIONS['3.1'];
