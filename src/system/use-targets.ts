import { readFileSync, readlinkSync } from 'node:fs';
import { byteString, mountAt, mountsBelow, parseMountinfo, type Mount } from './mount-table.js';
import type { FileLocation } from './syscalls.js';

/** The device column of /proc/PID/maps. */
const MAPPED_DEVICE = /^\S+ \S+ \S+ (\S+) /gm;

/** What the use of each of some chroot roots is recognised by; made anew from mountinfo for each pass over /proc. */
export class UseTargets {
  /** The roots that are mount points. */
  readonly mounted: readonly string[];
  /** Our mount namespace, as /proc/PID/ns/mnt names it. */
  readonly namespace: string;
  readonly #byMountId = new Map<number, string>();
  readonly #byDevice = new Map<string, string>();
  readonly #byMapsDevice = new Map<string, string>();
  readonly #byPath = new Map<string, string>();
  /** Nearly every path on a node is dismissed by a look for these. */
  readonly #folders: ReadonlySet<string>;

  /** @param mountinfo of our mount namespace, read as latin1 */
  constructor(
    roots: readonly string[],
    mountinfo = readFileSync('/proc/self/mountinfo', 'latin1'),
  ) {
    this.namespace = readlinkSync('/proc/self/ns/mnt');
    const mounts = parseMountinfo(mountinfo);
    this.mounted = roots.filter((root) => this.#add(root, mounts));
    this.#folders = new Set(
      this.mounted.map((root) => byteString(root.slice(0, root.lastIndexOf('/') + 1))),
    );
  }

  #add(root: string, mounts: readonly Mount[]): boolean {
    const mount = mountAt(mounts, root);
    if (mount === undefined) return false;
    const atRoot = mounts.filter(({ mountPoint }) => mountPoint === mount.mountPoint);
    const inside = new Set([...atRoot, ...mountsBelow(mounts, root)]);
    for (const { id } of inside) this.#byMountId.set(id, root);
    this.#byPath.set(mount.mountPoint, root);
    // The first is the disk; whoever is root inside may have mounted anything over it, also the host's own disk.
    const device = atRoot[0]?.device ?? mount.device;
    const isElsewhere = mounts.some((other) => other.device === device && !inside.has(other));
    if (!isElsewhere) this.#addDevice(device, root);
    return true;
  }

  #addDevice(device: string, root: string): void {
    this.#byDevice.set(device, root);
    const hex = device.split(':').map((part) => Number(part).toString(16).padStart(2, '0'));
    this.#byMapsDevice.set(hex.join(':'), root);
  }

  /** The root on whose mounts the file lies. A process in another namespace has other mounts, of the same device. */
  rootOf({ mountId, device }: FileLocation, isForeign: boolean): string | undefined {
    return isForeign ? this.#byDevice.get(device) : this.#byMountId.get(mountId);
  }

  /** The roots of which a process with this /proc/PID/maps has something mapped. */
  mappedIn(maps: string, isForeign: boolean): string[] {
    const found = [...this.#folders].flatMap((folder) => this.#mappedBelow(maps, folder));
    if (!isForeign) return found;
    const devices = [...maps.matchAll(MAPPED_DEVICE)].map(([, device]) => device ?? '');
    return [...found, ...devices.flatMap((device) => this.#byMapsDevice.get(device) ?? [])];
  }

  #mappedBelow(maps: string, folder: string): string[] {
    const found: string[] = [];
    const start = ` ${folder}`;
    for (let at = maps.indexOf(start); at >= 0; at = maps.indexOf(start, at + 1)) {
      const end = maps.indexOf('/', at + start.length);
      const root = this.#byPath.get(maps.slice(at + 1, end));
      if (root !== undefined) found.push(root);
    }
    return found;
  }
}
