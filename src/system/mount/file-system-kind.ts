/** A file system that a disk may hold, and how it is mounted. */
export interface FileSystemKind {
  /** The kernel's name of it. */
  readonly type: string;
  /** Options, some with a value: they go before what the disk itself asks for. */
  readonly options: readonly (readonly [key: string, value?: string])[];
}

interface Mark extends FileSystemKind {
  readonly offset: number;
  readonly magic: Buffer;
}

/**
 * Those that a root may lie on. mount(8) would try others too, but then the content of the disk decides which driver of
 * the kernel reads it.
 */
const MARKS: readonly Mark[] = [
  // The driver of ext4 serves ext2 and ext3, too. An image may ask for a panic of the node when it finds an error.
  mark('ext4', 1080, Buffer.of(0x53, 0xef), ['errors', 'remount-ro']),
  // A copy of a disk has the UUID of the first, with which XFS mounts it only if told to.
  mark('xfs', 0, 'XFSB', ['nouuid']),
  mark('btrfs', 0x10040, '_BHRfS_M'),
  mark('squashfs', 0, 'hsqs'),
  mark('erofs', 1024, Buffer.of(0xe2, 0xe1, 0xf5, 0xe0)),
  mark('f2fs', 1024, Buffer.of(0x10, 0x20, 0xf5, 0xf2)),
  mark('iso9660', 0x8001, 'CD001'),
];

export const FILE_SYSTEMS: readonly string[] = MARKS.map(({ type }) => type);

/** How much of a disk's beginning says what it holds. */
export const HEAD_BYTES = 0x10048;

const SECTOR_BYTES = [512, 4096];
const MBR_ENTRIES = [446, 462, 478, 494];

function mark(
  type: string,
  offset: number,
  magic: string | Buffer,
  ...options: FileSystemKind['options']
): Mark {
  return { type, offset, magic: Buffer.from(magic), options };
}

/** What a disk that begins with `head` is to be mounted as; undefined for none of those that are known. */
export function fileSystemKind(head: Buffer): FileSystemKind | undefined {
  return MARKS.find(({ offset, magic }) =>
    head.subarray(offset, offset + magic.length).equals(magic),
  );
}

/** The kind of partition table that a disk begins with, if there is one. */
export function partitionTable(head: Buffer): 'GPT' | 'MBR' | undefined {
  const isGpt = (sector: number) => head.toString('latin1', sector, sector + 8) === 'EFI PART';
  if (SECTOR_BYTES.some(isGpt)) return 'GPT';
  if (head.length < 512 || head.readUInt16LE(510) !== 0xaa55) return undefined;
  // A boot sector without partitions has the same signature: entries begin with 0x00 or 0x80, and have a type.
  const isEntry = (offset: number) =>
    head[offset + 4] !== 0 && [0, 0x80].includes(head[offset] ?? 1);
  return MBR_ENTRIES.some(isEntry) ? 'MBR' : undefined;
}
