import {
  byteString,
  type Mount,
  MountTable,
  parseMountinfo,
} from '../../../src/system/proc/mount-table.js';

/** Mounts that only exist in the text of a mountinfo. */
export class FakeMountTable extends MountTable {
  #mounts: { readonly line: string; readonly mountPoint: string }[] = [];
  #lastId = 100;

  override read(): Promise<Mount[]> {
    return Promise.resolve(parseMountinfo(this.text));
  }

  override isMountPoint(path: string): boolean {
    return this.mountPoints.includes(path);
  }

  override openFirst(path: string) {
    const count = this.mountPoints.filter((mountPoint) => mountPoint === path).length;
    return Promise.resolve(count === 1 ? { path, close: () => undefined } : undefined);
  }

  get text(): string {
    return this.#mounts.map(({ line }) => `${line}\n`).join('');
  }

  get mountPoints(): string[] {
    return this.#mounts.map(({ mountPoint }) => mountPoint);
  }

  /** Mounts `source`, whose device is 7:0 unless another is said. */
  add(mountPoint: string, { source = '/dev/loop7', device = '7:0' } = {}): this {
    const id = ++this.#lastId;
    const escaped = byteString(mountPoint).replace(
      /[ \t\n\\]/g,
      (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
    );
    const line = `${id} 1 ${device} / ${escaped} rw,relatime - ext4 ${source} rw`;
    this.#mounts.push({ line, mountPoint });
    return this;
  }

  /** Unmounts the uppermost at exactly `mountPoint`. */
  remove(mountPoint: string): void {
    const index = this.mountPoints.lastIndexOf(mountPoint);
    if (index < 0) throw new Error(`${mountPoint}: not mounted`);
    this.#mounts.splice(index, 1);
  }

  removeBelow(directory: string): void {
    this.#mounts = this.#mounts.filter(({ mountPoint }) => !mountPoint.startsWith(`${directory}/`));
  }
}
