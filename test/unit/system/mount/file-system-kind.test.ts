import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  fileSystemKind,
  HEAD_BYTES,
  partitionTable,
} from '../../../../src/system/mount/file-system-kind.js';

function head(...parts: [offset: number, bytes: string | Uint8Array][]): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  for (const [offset, part] of parts) Buffer.from(part).copy(bytes, offset);
  return bytes;
}

const EXT = [1080, Uint8Array.of(0x53, 0xef)] as [number, Uint8Array];
const BOOT_SIGNATURE = [510, Uint8Array.of(0x55, 0xaa)] as [number, Uint8Array];
const LINUX_PARTITION = [450, Uint8Array.of(0x83)] as [number, Uint8Array];

describe('fileSystemKind', () => {
  it('knows ext, which may not ask for a panic, and XFS, whose copies have one UUID', () => {
    expect(fileSystemKind(head(EXT))).to.deep.include({
      type: 'ext4',
      options: [['errors', 'remount-ro']],
    });
    expect(fileSystemKind(head([0, 'XFSB']))).to.deep.include({
      type: 'xfs',
      options: [['nouuid']],
    });
  });

  it('knows the others by their marks', () => {
    const marks: [type: string, offset: number, bytes: string | Uint8Array][] = [
      ['btrfs', 0x10040, '_BHRfS_M'],
      ['squashfs', 0, 'hsqs'],
      ['erofs', 1024, Uint8Array.of(0xe2, 0xe1, 0xf5, 0xe0)],
      ['f2fs', 1024, Uint8Array.of(0x10, 0x20, 0xf5, 0xf2)],
      ['iso9660', 0x8001, 'CD001'],
    ];
    for (const [type, offset, bytes] of marks)
      expect(fileSystemKind(head([offset, bytes]))?.type).to.equal(type);
  });

  it('knows nothing else, and nothing of a disk that ends too early', () => {
    expect(fileSystemKind(head())).to.be.undefined;
    expect(fileSystemKind(head([54, 'FAT16   '], BOOT_SIGNATURE))).to.be.undefined;
    for (const length of [0, 1, 1081])
      expect(fileSystemKind(head(EXT).subarray(0, length))).to.be.undefined;
  });
});

describe('partitionTable', () => {
  it('knows both kinds', () => {
    expect(partitionTable(head(LINUX_PARTITION, BOOT_SIGNATURE))).to.equal('MBR');
    expect(partitionTable(head(BOOT_SIGNATURE, [512, 'EFI PART']))).to.equal('GPT');
    expect(partitionTable(head([4096, 'EFI PART']))).to.equal('GPT');
  });

  it('takes no boot sector for one, and no disk that ends too early', () => {
    expect(partitionTable(head(BOOT_SIGNATURE))).to.be.undefined;
    expect(partitionTable(head(LINUX_PARTITION))).to.be.undefined;
    expect(partitionTable(Buffer.alloc(0))).to.be.undefined;
  });
});
