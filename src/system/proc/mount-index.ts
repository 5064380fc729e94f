import type { Mount } from './mount-table.js';

/** The mounts at a root, from the first to the visible one, and those below it. */
export interface MountsOfRoot {
  readonly at: Mount[];
  readonly below: Mount[];
}

/** The mounts of some roots, found in one go through all mounts: there may be hundreds of both. */
export class MountIndex {
  readonly #byRoot: ReadonlyMap<string, MountsOfRoot>;
  readonly #byDevice = new Map<string, Mount[]>();

  /** @param roots written as mount points are, see `byteString` */
  constructor(mounts: readonly Mount[], roots: readonly string[]) {
    this.#byRoot = new Map(roots.map((root) => [root, { at: [], below: [] }]));
    for (const mount of mounts) {
      this.#addToRoots(mount);
      const others = this.#byDevice.get(mount.device);
      if (others === undefined) this.#byDevice.set(mount.device, [mount]);
      else others.push(mount);
    }
  }

  ofRoot(root: string): MountsOfRoot {
    return this.#byRoot.get(root) ?? { at: [], below: [] };
  }

  ofDevice(device: string): readonly Mount[] {
    return this.#byDevice.get(device) ?? [];
  }

  #addToRoots(mount: Mount): void {
    const { mountPoint } = mount;
    this.#byRoot.get(mountPoint)?.at.push(mount);
    for (let end = mountPoint.lastIndexOf('/'); end > 0; end = mountPoint.lastIndexOf('/', end - 1))
      this.#byRoot.get(mountPoint.slice(0, end))?.below.push(mount);
  }
}
