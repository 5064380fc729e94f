import type { Mount } from './mount-table.js';

/** The mounts at a root, from the first to the visible one, and those below it. */
export interface MountsOfRoot {
  readonly at: Mount[];
  readonly below: Mount[];
}

/** The mounts of some roots, found in one go through all mounts: there may be hundreds of both. */
export class MountIndex {
  readonly #byRoot: ReadonlyMap<string, MountsOfRoot>;
  readonly #longest: number;
  readonly #byDevice = new Map<string, Mount[]>();
  /** Of each mount that belongs to a root: what of that root's is mounted on it, belongs to it as well. */
  readonly #byId = new Map<number, MountsOfRoot>();

  /** @param roots written as mount points are, see `byteString` */
  constructor(mounts: readonly Mount[], roots: readonly string[]) {
    this.#byRoot = new Map(roots.map((root) => [root, { at: [], below: [] }]));
    this.#longest = Math.max(0, ...roots.map(({ length }) => length));
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
    this.#add(mount, this.#byRoot.get(mountPoint), 'at');
    // There was no room for its name.
    if (mountPoint === '') this.#add(mount, this.#byId.get(mount.parentId), 'below');
    // A mount point may be much deeper than any root.
    const next = (from: number) => mountPoint.indexOf('/', from);
    for (let end = next(1); end > 0 && end <= this.#longest; end = next(end + 1))
      this.#add(mount, this.#byRoot.get(mountPoint.slice(0, end)), 'below');
  }

  #add(mount: Mount, root: MountsOfRoot | undefined, where: keyof MountsOfRoot): void {
    if (root === undefined) return;
    root[where].push(mount);
    this.#byId.set(mount.id, root);
  }
}
