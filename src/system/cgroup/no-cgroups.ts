import type { ControlGroup, ControlGroups } from './cgroups.js';

/** No control group can be made on this node; the message says why. */
export class NoControlGroupsError extends Error {
  override readonly name = 'NoControlGroupsError';
}

/** Stands in for control groups where none can be made: there are none, and to make one fails. */
export class NoCgroups implements ControlGroups {
  readonly missing: string;

  /** @param missing why there are none */
  constructor(missing: string) {
    this.missing = missing;
  }

  names(): Promise<string[]> {
    return Promise.resolve([]);
  }

  group(name: string): ControlGroup {
    const refuse = () => Promise.reject(new NoControlGroupsError(this.missing));
    return {
      directory: name,
      procsFiles: [],
      create: refuse,
      exists: () => false,
      isPopulated: () => Promise.resolve(false),
      whenEmpty: () => Promise.resolve(),
      kill: () => Promise.resolve([]),
      usage: refuse,
      memoryKills: () => Promise.resolve(0),
      limit: refuse,
      remove: () => Promise.resolve(),
    };
  }
}
