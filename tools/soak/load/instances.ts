import { join } from 'node:path';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import { type Behaviour, scriptPath } from './behaviours.js';

/** The directory of the OS definition, and its name. */
export const OS_NAME = 'soak';
/** Of an instance's first disk, which holds its root. */
export const DISK_MIB = 4;

/** The hypervisor's parameters, as the calls that ask about all instances want them. */
export const HYPERVISORS = { chroot: { init_script: '/scripts/plain' } };

/** One of the instances that live side by side, as Ganeti's master would send it. */
export class SoakInstance {
  readonly name: string;
  /** Where its disks are. */
  readonly directory: string;
  readonly #index: number;

  /** @param index tells it from the others */
  constructor(stateDir: string, index: number, name = `inst${index}.example.com`) {
    this.name = name;
    this.directory = join(stateDir, 'file-storage', this.name);
    this.#index = index;
  }

  /** Its disks: the first holds its root, a second one is seen inside as a device. */
  disks(count: number): Disk[] {
    return Array.from({ length: count }, (_, at) => ({
      dev_type: 'file',
      logical_id: ['loop', join(this.directory, `disk${at}`)],
      size: at === 0 ? DISK_MIB : 1,
      mode: 'rw',
      iv_name: `disk/${at}`,
      uuid: `${String(this.#index).padStart(8, '0')}-73c9-4ff7-86b8-${String(at).padStart(12, '0')}`,
    }));
  }

  /** @param behaviour whose script it is started and stopped with */
  as(behaviour: Behaviour, disks: readonly Disk[]): Instance {
    return {
      name: this.name,
      os: `${OS_NAME}+default`,
      hypervisor: 'chroot',
      hvparams: { init_script: scriptPath(behaviour) },
      beparams: { maxmem: 64, minmem: 64, vcpus: 1, auto_balance: true },
      osparams: {},
      osparams_private: {},
      nics: [],
      disks_info: [...disks],
    };
  }
}
