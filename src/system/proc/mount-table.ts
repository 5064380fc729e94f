import { closeSync, constants, openSync } from 'node:fs';
import { escapeLine } from '../../base/text.js';
import { hasChanged, isMountPoint } from '../kernel/syscalls.js';
import { chunksOf, chunksOfNow, type MountLine, MountLines, NAMELESS } from './mount-lines.js';
import { mountIdOf, O_PATH } from './open-directories.js';

const SHARED = 'shared:';
/** Of all names that are asked for. A path has 4 KiB, as far as a program can use it in one piece. */
const NAMES_BYTES = 64 * 1024 * 1024;
const MOUNTINFO = '/proc/self/mountinfo';

/** One line of /proc/PID/mountinfo, see proc(5). */
export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** "major:minor" of the file system. */
  readonly device: string;
  /**
   * Decoded, one character a byte (see `byteString`): a name is any bytes but NUL, not always UTF-8. Empty where it was not
   * asked for.
   */
  readonly mountPoint: string;
  /** The group of mounts that share what is mounted below any of them. */
  readonly sharedGroup: number | undefined;
  readonly fsType: string;
  readonly source: string;
  /** Options of the file system: for a version 1 control group hierarchy its controllers. */
  readonly superOptions: readonly string[];
}

/** Those at or below some paths, all others, those of a device or of some types, or those of some numbers. */
export type WantedMounts =
  | { readonly within: readonly string[] }
  | { readonly outside: string }
  | { readonly device: string }
  | { readonly fsTypes: readonly string[] }
  | { readonly ids: ReadonlySet<number> };

/**
 * Reads the mounts of our mount namespace, in the order in which they were made.
 *
 * How many there are, and how long their names, is up to root inside of any instance: 100,000, each with as many bytes as
 * somebody likes. So the table is read in pieces, and a name is kept only if it was asked for.
 */
export class MountTable {
  readonly #path: string;
  readonly #instancesDir: string;
  readonly #watch: Pick<MountWatch, 'hasChanged'> | undefined;
  #kept: Promise<Mount[]> | undefined;

  /**
   * @param options `instancesDir` is where the roots of instances are, as the kernel names it; with a `watch` the mounts are
   *   kept until one changes: a call asks for them many times
   */
  constructor({
    path = MOUNTINFO,
    instancesDir = '',
    watch,
  }: { path?: string; instancesDir?: string; watch?: Pick<MountWatch, 'hasChanged'> } = {}) {
    this.#path = path;
    this.#instancesDir = instancesDir;
    this.#watch = watch;
  }

  /** All mounts, with the names of those that are `wanted`: of all that are no instance's, unless others are. */
  read(wanted?: WantedMounts): Promise<Mount[]> {
    return wanted === undefined ? this.#readUnlessKept() : this.#readNow(wanted);
  }

  #readUnlessKept(): Promise<Mount[]> {
    if (this.#watch?.hasChanged() !== false) this.#kept = undefined;
    if (this.#kept !== undefined) return this.#kept;
    const reading = this.#readNow({ outside: this.#instancesDir });
    this.#kept = reading;
    reading.catch(() => {
      if (this.#kept === reading) this.#kept = undefined;
    });
    return reading;
  }

  async #readNow(wanted: WantedMounts): Promise<Mount[]> {
    const mounts = new NamedMounts(wanted);
    const lines = new MountLines((line) => {
      mounts.add(line);
    });
    for await (const chunk of chunksOf(this.#path)) lines.feed(chunk);
    return mounts.all;
  }

  /** Where a device ("major:minor") is mounted, for people; also inside of instances. */
  async pointsOf(device: string): Promise<string[]> {
    const mounts = await this.read({ device });
    return mounts
      .filter((mount) => mount.device === device)
      .map(({ mountPoint }) => readable(mountPoint));
  }

  /** Whether anything is mounted at `path`, which is known without reading the table. */
  isMountPoint(path: string): boolean {
    return isMountPoint(path);
  }

  /**
   * Opens the directory `path`, which is trusted, as what was mounted there first has it: whatever is mounted over it later,
   * the way that is handed out leads there.
   *
   * @returns undefined when something else is mounted over that already, or nothing is mounted there
   */
  async openFirst(path: string): Promise<OpenRoot | undefined> {
    const directory = openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const close = () => {
      closeSync(directory);
    };
    const point = byteString(path);
    const first = (await this.read({ within: [path] })).find(
      ({ mountPoint }) => mountPoint === point,
    );
    if (first?.id === mountIdOf(directory))
      return { path: `/proc/${process.pid}/fd/${directory}`, close };
    close();
    return undefined;
  }
}

/** Tells whether any mount has changed. */
export class MountWatch {
  readonly #mountinfo = openSync(MOUNTINFO, 'r');

  /** Since this was asked the last time, or since the watch was made. */
  hasChanged(): boolean {
    return hasChanged(this.#mountinfo);
  }

  close(): void {
    closeSync(this.#mountinfo);
  }
}

/** A directory that is open; by its path other programs get there, too. */
export interface OpenRoot {
  readonly path: string;
  close(): void;
}

/** Like `MountTable.read`, at once: for threads and programs that may wait. */
export function readMountsNow(wanted: WantedMounts): Mount[] {
  const mounts = new NamedMounts(wanted);
  eachMountNow((line) => {
    mounts.add(line);
  });
  return mounts.all;
}

/** Hands over each line, one after the other, which is valid only for that moment. */
export function eachMountNow(use: (line: MountLine) => void, path = MOUNTINFO): void {
  const lines = new MountLines(use);
  for (const chunk of chunksOfNow(path)) lines.feed(chunk);
}

/** Mounts with the names of those that are wanted, as long as there is room for them. */
class NamedMounts {
  readonly all: Mount[] = [];
  readonly #isWanted: (line: MountLine) => boolean;
  #roomBytes = NAMES_BYTES;

  constructor(wanted: WantedMounts) {
    this.#isWanted = test(wanted);
  }

  add(line: MountLine): void {
    const isWanted = this.#isWanted(line);
    if (isWanted) this.#roomBytes -= line.length;
    this.all.push(parseMountLine(isWanted && this.#roomBytes >= 0 ? line.text : line.outline));
  }
}

function test(wanted: WantedMounts): (line: MountLine) => boolean {
  if ('device' in wanted) return ({ device }) => device === wanted.device;
  if ('fsTypes' in wanted) return ({ fsType }) => wanted.fsTypes.includes(fsType);
  if ('ids' in wanted) return ({ id }) => wanted.ids.has(id);
  const points = new MountPoints('within' in wanted ? wanted.within : [wanted.outside]);
  return (line) => points.include(line) === 'within' in wanted;
}

/** Some paths, found at the beginning of mount points without a look at what comes after. */
export class MountPoints {
  readonly #points: ReadonlySet<string>;
  /** Of the paths, as the kernel writes them. */
  readonly longest: number;

  /** @param points as Node.js has them */
  constructor(points: readonly string[]) {
    const written = points.map((point) => encodeName(byteString(point)));
    this.#points = new Set(written);
    this.longest = Math.max(0, ...written.map(({ length }) => length));
  }

  /** Whether it is mounted at one of the paths, or below. */
  include(line: MountLine): boolean {
    const start = line.startOfPoint(this.longest + 1);
    for (let end = start.indexOf('/', 1); end >= 0; end = start.indexOf('/', end + 1))
      if (this.#points.has(start.slice(0, end))) return true;
    return start.length <= this.longest && this.#points.has(start);
  }
}

/** `path` as mount points are written here: one character a byte of its UTF-8. */
export function byteString(path: string): string {
  return Buffer.from(path).toString('latin1');
}

/** A mount point as a person reads it: on one line, and nothing in it steers a terminal. */
export function readable(mountPoint: string): string {
  return escapeLine(Buffer.from(mountPoint, 'latin1').toString());
}

/**
 * Parses mountinfo, read as latin1.
 *
 * @throws Error for a line that is not of the form that proc(5) gives
 */
export function parseMountinfo(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseMountLine);
}

/** @throws Error as `parseMountinfo` does */
export function parseMountLine(line: string): Mount {
  const fields = line.split(' ');
  const [id, parentId, device, , mountPoint] = fields;
  const separator = fields.indexOf('-', 6);
  const fsType = fields[separator + 1];
  const source = fields[separator + 2];
  if (separator < 0 || !mountPoint || !device || !fsType)
    throw new Error(`Unexpected line in mountinfo: ${line}`);
  return {
    id: Number(id),
    parentId: Number(parentId),
    device,
    mountPoint: mountPoint === NAMELESS ? '' : decodeName(mountPoint),
    sharedGroup: sharedGroupIn(fields.slice(6, separator)),
    fsType,
    source: decodeName(source ?? ''),
    superOptions: (fields[separator + 3] ?? '').split(','),
  };
}

/** @param optional the optional fields: "shared:7", "master:3", … */
function sharedGroupIn(optional: readonly string[]): number | undefined {
  const group = optional.find((field) => field.startsWith(SHARED))?.slice(SHARED.length);
  return group === undefined ? undefined : Number(group);
}

/** The kernel writes space, tab, newline and backslash as octal, and bytes of UTF-8 as they are. */
function encodeName(name: string): string {
  return name.replace(
    /[ \t\n\\]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

/** The reverse, for names in other files of the kernel as well. */
export function decodeName(field: string): string {
  if (!field.includes('\\')) return field;
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}

/** The mount that is visible at exactly `path`: of several on top of each other the last. */
export function mountAt(mounts: readonly Mount[], path: string): Mount | undefined {
  const point = byteString(path);
  return mounts.findLast((mount) => mount.mountPoint === point);
}

/** Finds the file system ("major:minor") that a path without symbolic links leads to. */
export function fileSystemFinder(mounts: readonly Mount[]): (path: string) => string | undefined {
  const devices = new Map(mounts.map(({ mountPoint, device }) => [mountPoint, device]));
  return (path) => {
    let point = byteString(path);
    while (point !== '' && !devices.has(point)) point = point.slice(0, point.lastIndexOf('/'));
    return devices.get(point === '' ? '/' : point);
  };
}

/** The mounts strictly below `path`: never a neighbour whose name only begins alike. Ganeti: _GetMountSubdirs. */
export function mountsBelow(mounts: readonly Mount[], path: string): Mount[] {
  const prefix = `${byteString(path)}/`;
  return mounts.filter((mount) => mount.mountPoint.startsWith(prefix));
}

/**
 * The order in which mounts can be removed: each after those that lie on it; of those beside each other, of which a later one
 * may hide an earlier one, the last first.
 */
export function childrenFirst<T extends Pick<Mount, 'id' | 'parentId'>>(mounts: readonly T[]): T[] {
  const children = new Map<number, T[]>(mounts.map(({ id }) => [id, []]));
  const waiting: T[] = [];
  for (const mount of mounts) (children.get(mount.parentId) ?? waiting).push(mount);
  const order: T[] = [];
  waiting.reverse();
  for (let mount = waiting.pop(); mount !== undefined; mount = waiting.pop()) {
    order.push(mount);
    for (const child of (children.get(mount.id) ?? []).toReversed()) waiting.push(child);
  }
  return order.reverse();
}
