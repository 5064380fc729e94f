import type { Limits, Usage } from '../../../src/system/cgroup/accounting.js';
import type { ControlGroup, ControlGroups } from '../../../src/system/cgroup/cgroups.js';
import { NoControlGroupsError } from '../../../src/system/cgroup/no-cgroups.js';
import type { Stray } from '../../../src/system/proc/process-scan.js';
import { Journal } from './journal.js';

/** Control groups that only exist in memory. */
export class FakeCgroups implements ControlGroups {
  /** Names of the groups that there are. */
  readonly existing = new Set<string>();
  /** Names of the groups that have processes. */
  readonly populated = new Set<string>();
  /** Names of the groups whose processes survive SIGKILL. */
  readonly immortal = new Set<string>();
  readonly limits = new Map<string, Limits>();
  /** Why no group can be made, if that is so. */
  missing: string | undefined;
  /** Who stands in a group and is not of it, by the group's name. */
  readonly strays = new Map<string, Stray[]>();
  usage: Usage = {
    memoryBytes: undefined,
    processes: 0,
    cpuSeconds: undefined,
    memoryKills: undefined,
  };
  readonly #journal: Journal;

  constructor(journal = new Journal()) {
    this.#journal = journal;
  }

  names(): Promise<string[]> {
    return Promise.resolve([...this.existing]);
  }

  group(name: string): ControlGroup {
    const directory = `/cgroup/parent/${name}`;
    const note = (verb: string) => this.#journal.note(`${verb} group ${name}`);
    return {
      directory,
      procsFiles: [`${directory}/cgroup.procs`],
      create: async () => {
        if (this.missing !== undefined) throw new NoControlGroupsError(this.missing);
        if (this.existing.has(name)) return;
        await note('create');
        this.existing.add(name);
      },
      exists: () => this.existing.has(name),
      isPopulated: () => Promise.resolve(this.populated.has(name)),
      whenEmpty: (signal) => (this.populated.has(name) ? whenAborted(signal) : Promise.resolve()),
      kill: async () => {
        await note('kill');
        this.#kill(name);
        return this.strays.get(name) ?? [];
      },
      usage: () => Promise.resolve(this.usage),
      memoryKills: () => Promise.resolve(this.usage.memoryKills ?? 0),
      limit: async (limits) => {
        await note('limit');
        this.limits.set(name, limits);
      },
      remove: async () => {
        await note('remove');
        this.existing.delete(name);
      },
    };
  }

  #kill(name: string): void {
    if (!this.immortal.has(name)) this.populated.delete(name);
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
