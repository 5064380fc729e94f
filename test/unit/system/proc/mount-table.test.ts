import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  byteString,
  deepestFirst,
  fileSystemFinder,
  mountAt,
  mountsBelow,
  MountTable,
  parseMountinfo,
  readable,
} from '../../../../src/system/proc/mount-table.js';
import { failureOf } from '../../storage/fixtures.js';

const ROOTS = '/run/chroot-hypervisor';

/** Mountinfo of these mount points, as the kernel writes them; the first has the id 1. */
function mountinfo(...points: string[]): string {
  return points
    .map((point, index) => `${index + 1} 0 7:${index} / ${point} rw - ext4 /dev/loop${index} rw\n`)
    .join('');
}

function parsed(...points: string[]) {
  return parseMountinfo(mountinfo(...points));
}

describe('parseMountinfo', () => {
  it('takes a line apart', () => {
    const text =
      '36 35 98:0 /mnt1 /mnt2 rw,noatime shared:7 master:1 - ext3 /dev/root rw,errors=continue\n';
    expect(parseMountinfo(text)[0]).to.deep.include({
      id: 36,
      parentId: 35,
      device: '98:0',
      mountPoint: '/mnt2',
      sharedGroup: 7,
      fsType: 'ext3',
      source: '/dev/root',
      superOptions: ['rw', 'errors=continue'],
    });
  });

  it('takes any number of optional fields, and a "-" as the root', () => {
    const lines = [
      '1 0 0:1 / /a rw - tmpfs tmpfs rw',
      '1 0 0:1 / /a rw shared:1 - tmpfs tmpfs rw',
      '1 0 0:1 / /a rw shared:1 master:2 propagate_from:3 unbindable - tmpfs tmpfs rw',
      '1 0 0:1 - /a - - tmpfs tmpfs rw',
    ];
    for (const line of lines)
      expect(parseMountinfo(line)[0]).to.include({ mountPoint: '/a', fsType: 'tmpfs' });
  });

  it('finds the group that a mount shares with, if there is one', () => {
    const lines = ['', 'shared:12 ', 'master:1 ', 'master:1 shared:3 '].map(
      (optional) => `1 0 0:1 / /a rw ${optional}- tmpfs tmpfs rw\n`,
    );
    const groups = parseMountinfo(lines.join('')).map(({ sharedGroup }) => sharedGroup);
    expect(groups).to.deep.equal([undefined, 12, undefined, 3]);
  });

  it('decodes what the kernel escapes', () => {
    const names = {
      '/a\\040b': '/a b',
      '/a\\011b': '/a\tb',
      '/a\\012b': '/a\nb',
      '/a\\134b': '/a\\b',
      '/a\\134040b': '/a\\040b',
      '/a\\043b': '/a#b',
      '/a\\04': '/a\\04',
      '/a\\040(deleted)': '/a (deleted)',
    };
    for (const [written, meant] of Object.entries(names))
      expect(parsed(written)[0]?.mountPoint).to.equal(meant);
  });

  it('decodes the source, and takes an empty one', () => {
    const text = '1 0 0:1 / /a rw - ext4 /dev/my\\040disk rw\n2 0 0:1 / /b rw - tmpfs  rw\n';
    expect(parseMountinfo(text).map(({ source }) => source)).to.deep.equal(['/dev/my disk', '']);
  });

  it('keeps the order in which the mounts were made', () => {
    expect(parsed('/b', '/a', '/b').map(({ id }) => id)).to.deep.equal([1, 2, 3]);
  });

  it('is empty for no text', () => {
    expect(parseMountinfo('')).to.deep.equal([]);
  });

  it('fails for a line of another form: never "no such mount"', () => {
    for (const line of [
      'x',
      '1 0 0:1 / /a rw',
      '1 0 0:1 / /a rw shared:1 tmpfs tmpfs rw',
      '1 0 0:1 / /a rw -',
      '1 0 0:1 / /a - tmpfs tmpfs rw',
      '1 0 0:1 / /a rw -  tmpfs rw',
    ])
      expect(() => parseMountinfo(`${mountinfo('/ok')}${line}\n`), line)
        .to.throw(Error)
        .with.property('message', `Unexpected line in mountinfo: ${line}`);
  });
});

describe('byteString and readable', () => {
  it('are each other turned round for UTF-8', () => {
    for (const name of ['/a', '/größe', '/🙂']) expect(readable(byteString(name))).to.equal(name);
  });

  it('tell names apart that are not UTF-8', () => {
    const [one, two] = parsed('/a\xff', '/a\xfe');
    expect(one?.mountPoint).not.to.equal(two?.mountPoint);
    expect(Buffer.from(one?.mountPoint ?? '', 'latin1')).to.deep.equal(
      Buffer.from([0x2f, 0x61, 0xff]),
    );
  });
});

describe('mountAt', () => {
  it('finds exactly this mount point', () => {
    const mounts = parsed(`${ROOTS}/inst10`, `${ROOTS}/inst1/proc`);
    expect(mountAt(mounts, `${ROOTS}/inst1`)).to.be.undefined;
    expect(mountAt(mounts, `${ROOTS}/inst10`)?.id).to.equal(1);
  });

  it('finds the uppermost of several', () => {
    expect(mountAt(parsed('/a', '/a', '/b'), '/a')?.id).to.equal(2);
  });

  it('finds names that are not ASCII, and such that are escaped', () => {
    const mounts = parsed(byteString('/größe'), '/my\\040disk');
    expect(mountAt(mounts, '/größe')?.id).to.equal(1);
    expect(mountAt(mounts, '/my disk')?.id).to.equal(2);
  });
});

describe('fileSystemFinder', () => {
  it('finds the last mount at the longest part of a path', () => {
    const fileSystemAt = fileSystemFinder(parsed('/', '/srv', '/srv/a', '/srv'));
    expect(fileSystemAt('/srv/a/b/c')).to.equal('7:2');
    expect(fileSystemAt('/srv/ab')).to.equal('7:3');
    for (const path of ['/', '/srvs', 'x']) expect(fileSystemAt(path), path).to.equal('7:0');
    expect(fileSystemFinder([])('/srv')).to.be.undefined;
  });
});

describe('mountsBelow', () => {
  it('leaves out the directory itself, and neighbours whose names begin alike', () => {
    const points = [ROOTS, `${ROOTS}/inst1`, `${ROOTS}/inst1/proc`, `${ROOTS}/inst10`];
    const mounts = parsed(...points, `${ROOTS}/inst10/proc`, `${ROOTS}/inst1/a/b`, `${ROOTS}/inst`);
    expect(mountsBelow(mounts, `${ROOTS}/inst1`).map(({ mountPoint }) => mountPoint)).to.deep.equal(
      [`${ROOTS}/inst1/proc`, `${ROOTS}/inst1/a/b`],
    );
  });

  it('finds all 1,000 of them', () => {
    const points = Array.from({ length: 1_000 }, (_, index) => `/root/${index}`);
    expect(mountsBelow(parsed(...points), '/root')).to.have.length(1_000);
  });

  it('finds those below a directory that is not ASCII', () => {
    expect(mountsBelow(parsed(byteString('/größe/a')), '/größe')).to.have.length(1);
  });
});

describe('deepestFirst', () => {
  it('is the order in which mounts can be removed', () => {
    const mounts = parsed('/r', '/r/a', '/r/a/b', '/r/c', '/r/a', '/r');
    expect(deepestFirst(mounts).map(({ id }) => id)).to.deep.equal([3, 5, 4, 2, 6, 1]);
  });

  it('leaves the list itself as it is', () => {
    const mounts = parsed('/r', '/r/a');
    deepestFirst(mounts);
    expect(mounts.map(({ id }) => id)).to.deep.equal([1, 2]);
  });
});

describe('MountTable.read', () => {
  it('reads the bytes of a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    const path = join(directory, 'mountinfo');
    writeFileSync(path, mountinfo('/a\xff'), 'latin1');
    expect((await new MountTable(path).read())[0]?.mountPoint).to.equal('/a\xff');
    await rm(directory, { recursive: true });
  });

  it('understands this machine', async () => {
    expect(mountAt(await new MountTable().read(), '/proc')?.fsType).to.equal('proc');
  });

  it('fails when it cannot be read', async () => {
    expect((await failureOf(new MountTable('/no/such/file').read())).message).to.include('ENOENT');
  });
});
