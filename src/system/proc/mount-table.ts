import { readFile } from 'node:fs/promises';

const SHARED = 'shared:';

/** One line of /proc/PID/mountinfo, see proc(5). */
export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** "major:minor" of the file system. */
  readonly device: string;
  /** Decoded, one character a byte (see `byteString`): a name is any bytes but NUL, not always UTF-8. */
  readonly mountPoint: string;
  /** The group of mounts that share what is mounted below any of them. */
  readonly sharedGroup: number | undefined;
  readonly fsType: string;
  readonly source: string;
  /** Options of the file system: for a version 1 control group hierarchy its controllers. */
  readonly superOptions: readonly string[];
}

/** Reads the mounts of our mount namespace, in the order in which they were made. */
export class MountTable {
  readonly #path: string;

  constructor(path = '/proc/self/mountinfo') {
    this.#path = path;
  }

  async read(): Promise<Mount[]> {
    return parseMountinfo(await readFile(this.#path, 'latin1'));
  }
}

/** `path` as mount points are written here: one character a byte of its UTF-8. */
export function byteString(path: string): string {
  return Buffer.from(path).toString('latin1');
}

/** A mount point as a person reads it. */
export function readable(mountPoint: string): string {
  return Buffer.from(mountPoint, 'latin1').toString();
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
    .map(parseLine);
}

function parseLine(line: string): Mount {
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
    mountPoint: decode(mountPoint),
    sharedGroup: sharedGroupIn(fields.slice(6, separator)),
    fsType,
    source: decode(source ?? ''),
    superOptions: (fields[separator + 3] ?? '').split(','),
  };
}

/** @param optional the optional fields: "shared:7", "master:3", … */
function sharedGroupIn(optional: readonly string[]): number | undefined {
  const group = optional.find((field) => field.startsWith(SHARED))?.slice(SHARED.length);
  return group === undefined ? undefined : Number(group);
}

/** The kernel writes space, tab, newline and backslash as octal, and bytes of UTF-8 as they are. */
function decode(field: string): string {
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

/** Deepest first: the order in which mounts can be removed. */
export function deepestFirst(mounts: readonly Mount[]): Mount[] {
  const depth = (mount: Mount) => mount.mountPoint.split('/').length;
  return mounts.toReversed().sort((a, b) => depth(b) - depth(a));
}
