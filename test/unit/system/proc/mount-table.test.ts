import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  byteString,
  childrenFirst,
  fileSystemFinder,
  type Mount,
  mountAt,
  mountsBelow,
  MountTable,
  MountWatch,
  parseMountinfo,
  readable,
  type WantedMounts,
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
  it('are each other turned round for UTF-8, but for what steers a terminal', () => {
    for (const name of ['/a', '/größe', '/🙂']) expect(readable(byteString(name))).to.equal(name);
    expect(readable(byteString('/a\n\x1b[2J\u2028'))).to.equal('/a\\x0a\\x1b[2J\\x2028');
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

describe('childrenFirst', () => {
  const order = (...mounts: [id: number, parentId: number][]) =>
    childrenFirst(mounts.map(([id, parentId]) => ({ id, parentId }))).map(({ id }) => id);

  it('is the order in which mounts can be removed: what lies on one first, and what may hide another', () => {
    expect(order([1, 0], [2, 1], [3, 2], [4, 1], [5, 2], [6, 1])).to.deep.equal([6, 4, 5, 3, 2, 1]);
  });

  it('is so also for one that was moved onto a later one', () => {
    expect(order([1, 0], [2, 3], [3, 1])).to.deep.equal([2, 3, 1]);
  });

  it('takes 100,000 in a chain, on one, and without the one that they lie on', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => index + 1);
    const chain = order(...many.map((id): [number, number] => [id, id - 1]));
    expect(chain).to.deep.equal(many.toReversed());
    for (const parent of [0, 1]) {
      const beside = order([1, 0], ...many.slice(1).map((id): [number, number] => [id, parent]));
      expect(beside).to.deep.equal(many.toReversed());
    }
  });

  it('leaves the list itself as it is', () => {
    const mounts = parsed('/r', '/r/a');
    childrenFirst(mounts);
    expect(mounts.map(({ id }) => id)).to.deep.equal([1, 2]);
  });
});

describe('MountTable.read', () => {
  it('reads the bytes of a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    const path = join(directory, 'mountinfo');
    writeFileSync(path, mountinfo('/a\xff'), 'latin1');
    expect((await new MountTable({ path }).read())[0]?.mountPoint).to.equal('/a\xff');
    await rm(directory, { recursive: true });
  });

  /** A table in a file, read with a part of the names. */
  async function read(text: string, wanted?: WantedMounts, instancesDir = '/roots') {
    const directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    const path = join(directory, 'mountinfo');
    writeFileSync(path, text, 'latin1');
    const mounts = await new MountTable({ path, instancesDir }).read(wanted);
    await rm(directory, { recursive: true });
    return mounts;
  }
  const pointsOf = (mounts: readonly Mount[]) => mounts.map(({ mountPoint }) => mountPoint);

  it('leaves the names of instances out, unless they are asked for', async () => {
    const text = mountinfo('/', '/roots', '/roots/a\\040b', '/roots/a\\040b/c', '/roots/ab', '/x');
    expect(pointsOf(await read(text))).to.deep.equal(['/', '', '', '', '', '/x']);
    for (const [wanted, points] of [
      [{ within: ['/roots/a b'] }, ['', '', '/roots/a b', '/roots/a b/c', '', '']],
      [{ within: ['/', '/roots/ab'] }, ['/', '', '', '', '/roots/ab', '']],
      [{ device: '7:4' }, ['', '', '', '', '/roots/ab', '']],
      [{ fsTypes: ['ext4', 'x'] }, pointsOf(parseMountinfo(text))],
      [{ ids: new Set([2, 6]) }, ['', '/roots', '', '', '', '/x']],
    ] as const)
      expect(pointsOf(await read(text, wanted)), JSON.stringify(wanted)).to.deep.equal(points);
  });

  it('keeps all that has no name', async () => {
    const text = '36 35 98:0 /m /roots/a rw shared:7 master:1 - ext3 /dev/root rw\n';
    const [mount] = await read(text);
    expect(mount).to.deep.include({ id: 36, parentId: 35, device: '98:0', fsType: 'ext3' });
    expect(mount).to.include({ sharedGroup: 7, mountPoint: '' });
  });

  it('tells what an instance has beside half a gigabyte of names of another, in little memory', async function () {
    this.timeout(60_000);
    const directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    const path = join(directory, 'mountinfo');
    execFileSync('mkfifo', [path]);
    const line = `7 6 0:99 / /roots/a/${'\\134'.repeat(8_000)} rw - tmpfs none rw\n`;
    writeFileSync(join(directory, 'lines'), line.repeat(100));
    const last = '9 6 7:1 / /roots/b rw - ext4 /dev/loop1 rw';
    const script = `{ for i in $(seq 180); do cat lines; done; echo '${last}'; } >mountinfo`;
    const writer = spawn('sh', ['-c', script], { cwd: directory, stdio: 'ignore' });
    const mounts = await new MountTable({ path }).read({ within: ['/roots/b'] });
    if (writer.exitCode === null) await once(writer, 'exit');
    expect(mounts).to.have.lengthOf(18_001);
    expect(pointsOf(mounts.slice(-2))).to.deep.equal(['', '/roots/b']);
    await rm(directory, { recursive: true });
  });

  it('takes a line of any length, and names what has more than a megabyte by its number', async () => {
    const text = mountinfo(
      `/roots/a/${'x'.repeat(500_000)}`,
      `/roots/a/${'y'.repeat(2_000_000)}`,
      '/roots/a',
    );
    const mounts = await read(text, { within: ['/roots/a'] });
    expect(mounts.map(({ mountPoint }) => mountPoint.length)).to.deep.equal([500_009, 0, 8]);
    expect(mounts.map(({ id }) => id)).to.deep.equal([1, 2, 3]);
  });

  it('keeps what it has read until a mount changes, and nothing that was asked for by name', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    const path = join(directory, 'mountinfo');
    let hasChanged = false;
    const table = new MountTable({ path, watch: { hasChanged: () => hasChanged } });
    const points = async () => (await table.read()).map(({ mountPoint }) => mountPoint);
    expect((await failureOf(table.read())).message).to.include('ENOENT');
    writeFileSync(path, mountinfo('/a'), 'latin1');
    expect(await points()).to.deep.equal(['/a']);
    writeFileSync(path, mountinfo('/b'), 'latin1');
    expect(await points()).to.deep.equal(['/a']);
    expect((await table.read({ within: ['/b'] }))[0]?.mountPoint).to.equal('/b');
    hasChanged = true;
    expect(await points()).to.deep.equal(['/b']);
    await rm(directory, { recursive: true });
  });

  it('hears of each mount that comes or goes', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    const watch = new MountWatch();
    const table = new MountTable({ watch });
    const isThere = async () => mountAt(await table.read(), directory) !== undefined;
    for (let round = 0; round < 20; round++) {
      expect(await isThere()).to.equal(false);
      execFileSync('mount', ['-t', 'tmpfs', 'none', directory]);
      expect(await isThere()).to.equal(true);
      execFileSync('umount', [directory]);
    }
    watch.close();
    await rm(directory, { recursive: true });
  });

  it('understands this machine', async () => {
    expect(mountAt(await new MountTable().read(), '/proc')?.fsType).to.equal('proc');
  });

  it('fails when it cannot be read', async () => {
    expect((await failureOf(new MountTable({ path: '/no/such/file' }).read())).message).to.include(
      'ENOENT',
    );
  });
});
