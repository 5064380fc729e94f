import { readlinkSync } from 'node:fs';
import { type FileLocation, isMountPoint } from '../kernel/syscalls.js';
import { MountIndex } from './mount-index.js';
import { byteString, type Mount, readMountsNow } from './mount-table.js';

/** The device column of /proc/PID/maps. */
const MAPPED_DEVICE = /^\S+ \S+ \S+ (\S+) /gm;

/** What the use of each of some chroot roots is recognised by; made from mountinfo for each pass over /proc. */
export class UseTargets {
  /** The roots that are mount points. */
  readonly mounted: readonly string[];
  /** Our mount namespace, as /proc/PID/ns/mnt names it. */
  readonly namespace: string;
  readonly #byMountId = new Map<number, string>();
  readonly #byDevice = new Map<string, string>();
  /** By the devices of what has been unmounted: the mounts that its users have it by are nobody's any more. */
  readonly #byGoneDevice: ReadonlyMap<string, string>;
  readonly #byMapsDevice = new Map<string, string>();
  readonly #byPath = new Map<string, string>();
  /** Nearly every path on a node is dismissed by a look for these. */
  readonly #directories: ReadonlySet<string>;

  /**
   * @param table the mounts of our mount namespace, with the names of those at the roots and below
   * @param goneDevices "major:minor" of what was mounted at the first root until a moment ago
   */
  constructor(
    roots: readonly string[],
    table = mountsAt(roots),
    goneDevices: readonly string[] = [],
  ) {
    this.#byGoneDevice = new Map(goneDevices.map((device) => [device, roots[0] ?? '']));
    for (const [device, root] of this.#byGoneDevice) this.#addMapsDevice(device, root);
    this.namespace = readlinkSync('/proc/self/ns/mnt');
    const mounts = new MountIndex(table, roots.map(byteString));
    this.mounted = roots.filter((root) => this.#add(root, mounts));
    this.#directories = new Set(
      this.mounted.map((root) => byteString(root.slice(0, root.lastIndexOf('/') + 1))),
    );
  }

  #add(root: string, mounts: MountIndex): boolean {
    const point = byteString(root);
    const { at, below } = mounts.ofRoot(point);
    const [disk] = at;
    if (disk === undefined) return false;
    for (const { id } of [...at, ...below]) this.#byMountId.set(id, root);
    this.#byPath.set(point, root);
    // The first is the disk; root inside may have mounted anything over it, also the host's own disk.
    const inside = new Set([...at, ...below]);
    const isElsewhere = mounts.ofDevice(disk.device).some((other) => !inside.has(other));
    if (!isElsewhere) this.#addDevice(disk.device, root);
    return true;
  }

  #addDevice(device: string, root: string): void {
    this.#byDevice.set(device, root);
    this.#addMapsDevice(device, root);
  }

  #addMapsDevice(device: string, root: string): void {
    const hex = device.split(':').map((part) => Number(part).toString(16).padStart(2, '0'));
    this.#byMapsDevice.set(hex.join(':'), root);
  }

  /** False for what lies on the mounts of no root, whichever namespace it is seen from. */
  mayBeAt({ mountId, device }: FileLocation): boolean {
    return (
      this.#byMountId.has(mountId) || this.#byDevice.has(device) || this.#byGoneDevice.has(device)
    );
  }

  /** The root on whose mounts the file lies. A process in another namespace has other mounts, of the same device. */
  rootOf({ mountId, device }: FileLocation, isForeign: boolean): string | undefined {
    const root = isForeign ? this.#byDevice.get(device) : this.#byMountId.get(mountId);
    return root ?? this.#byGoneDevice.get(device);
  }

  /** The roots of which a process with this /proc/PID/maps has something mapped. */
  mappedIn(maps: string, isForeign: boolean): string[] {
    const found = [...this.#directories].flatMap((directory) => this.#mappedBelow(maps, directory));
    if (!isForeign && this.#byGoneDevice.size === 0) return found;
    const devices = [...maps.matchAll(MAPPED_DEVICE)].map(([, device]) => device ?? '');
    return [...found, ...devices.flatMap((device) => this.#byMapsDevice.get(device) ?? [])];
  }

  #mappedBelow(maps: string, directory: string): string[] {
    const found: string[] = [];
    const start = ` ${directory}`;
    for (let at = maps.indexOf(start); at >= 0; at = maps.indexOf(start, at + 1)) {
      const end = maps.indexOf('/', at + start.length);
      const root = this.#byPath.get(maps.slice(at + 1, end));
      if (root !== undefined) found.push(root);
    }
    return found;
  }
}

/** What instances that do not run would be told by the table is known without reading it. */
function mountsAt(roots: readonly string[]): Mount[] {
  const mounted = roots.filter(isMountPoint);
  return mounted.length === 0 ? [] : readMountsNow({ within: mounted });
}
