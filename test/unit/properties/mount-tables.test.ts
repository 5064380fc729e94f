/** Properties of what is read from mountinfo and from /proc/PID/maps, whatever the names in them. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { readLayout } from '../../../src/system/cgroup/layout.js';
import { MountIndex } from '../../../src/system/proc/mount-index.js';
import {
  byteString,
  childrenFirst,
  mountAt,
  mountsBelow,
  parseMountinfo,
} from '../../../src/system/proc/mount-table.js';
import { UseTargets } from '../../../src/system/proc/use-targets.js';
import { fileName, filePath, saying, textOf, valueUnless } from './texts.js';

interface MadeMount {
  readonly point: string;
  readonly source: string;
  readonly device: readonly [number, number];
  readonly optional: readonly string[];
  readonly fsType: string;
  readonly options: readonly string[];
}

/** Of few names, so that mounts lie on and below each other and beside those whose names begin alike. */
const points = fc
  .uniqueArray(fileName(), { minLength: 1, maxLength: 2 })
  .map((names) => [...names, ...names.map((name) => `${name}0`)])
  .map((names) => fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }))
  .map((parts) => parts.map((names) => `/${names.join('/')}`));
const made = (point: fc.Arbitrary<string>): fc.Arbitrary<MadeMount> =>
  fc.record({
    point,
    source: filePath(),
    device: fc.tuple(fc.nat(4095), fc.nat(1_048_575)),
    optional: fc.subarray(['shared:7', 'master:1', 'propagate_from:3', 'unbindable']),
    fsType: fc.constantFrom('ext4', 'tmpfs', 'cgroup', 'cgroup2', 'fuse.x', '-'),
    options: fc.uniqueArray(fc.constantFrom('rw', 'memory', 'cpu', 'name=systemd', 'x=y'), {
      minLength: 1,
    }),
  });
const table = points.chain((point) => fc.array(made(point), { maxLength: 8 }));
const tableAndPath = points.chain((point) =>
  fc.tuple(fc.array(made(point), { maxLength: 8 }), point),
);

/** As the kernel writes it (seq_path, with its set of characters), read as latin1. */
function escaped(path: string): string {
  return byteString(path).replace(
    /[ \t\n\\]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

function written(mounts: readonly MadeMount[]): string {
  return mounts
    .map(({ point, source, device, optional, fsType, options }, index) =>
      [
        ...[`${index + 1}`, '0', device.join(':'), '/', escaped(point), 'rw,relatime'],
        ...[...optional, '-', fsType, escaped(source), options.join(',')],
      ].join(' '),
    )
    .map((line) => `${line}\n`)
    .join('');
}

describe('mountinfo', () => {
  it('gives back every mount that is put in, whatever its name', () => {
    fc.assert(
      fc.property(table, (mounts) => {
        const parsed = parseMountinfo(written(mounts));
        expect(
          parsed.map(({ mountPoint, source, device, fsType, superOptions, sharedGroup }) => ({
            point: mountPoint,
            source,
            device,
            fsType,
            superOptions,
            sharedGroup,
          })),
        ).to.deep.equal(
          mounts.map(({ point, source, device, fsType, options, optional }) => ({
            point: byteString(point),
            source: byteString(source),
            device: device.join(':'),
            fsType,
            superOptions: options,
            sharedGroup: optional.includes('shared:7') ? 7 : undefined,
          })),
        );
      }),
    );
  });

  it('is refused as a whole, or read, whatever it says', async () => {
    const texts = textOf(
      '1 0 7:1 / /a rw - ext4 /dev/loop1 rw\n',
      'shared:',
      ' - ',
      '\\04',
      '/run',
    );
    const isExpected = saying(/^Unexpected line in mountinfo: /);
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const mounts = (await valueUnless(isExpected, () => parseMountinfo(text))) ?? [];
        for (const { mountPoint, fsType } of mounts)
          expect([mountPoint, fsType]).not.to.include('');
      }),
    );
  });

  it('is put into an order that can be unmounted, whichever mount lies on which', () => {
    const parents = fc.array(fc.nat(), { maxLength: 30 });
    const mounts = parents.chain((numbers) => {
      const made = numbers.map((number, index) => ({
        id: index + 1,
        parentId: number % (index + 1),
      }));
      return fc.shuffledSubarray(made, { minLength: made.length });
    });
    fc.assert(
      fc.property(mounts, (made) => {
        const order = childrenFirst(made);
        expect(order).to.have.members(made);
        for (const [index, { parentId }] of order.entries())
          expect(order.slice(0, index).map(({ id }) => id)).not.to.include(parentId);
      }),
    );
  });

  it('tells what is below a path, and never a neighbour', () => {
    fc.assert(
      fc.property(tableAndPath, ([mounts, path]) => {
        const parsed = parseMountinfo(written(mounts));
        const below = mountsBelow(parsed, path).map(({ mountPoint }) => mountPoint);
        expect(below).to.deep.equal(
          mounts
            .map(({ point }) => byteString(point))
            .filter((point) => point.startsWith(`${byteString(path)}/`)),
        );
        const last = mounts.at(-1);
        if (last !== undefined) expect(mountAt(parsed, last.point)?.id).to.equal(mounts.length);
      }),
    );
  });

  it('gives the same from an index as from a search', () => {
    fc.assert(
      fc.property(tableAndPath, ([mounts, extra]) => {
        const parsed = parseMountinfo(written(mounts));
        const roots = [...new Set([...mounts.map(({ point }) => point), extra])];
        const index = new MountIndex(parsed, roots.map(byteString));
        for (const root of roots) {
          const { at, below } = index.ofRoot(byteString(root));
          expect(at).to.deep.equal(
            parsed.filter(({ mountPoint }) => mountPoint === byteString(root)),
          );
          expect(below).to.deep.equal(mountsBelow(parsed, root));
        }
      }),
    );
  });

  it('tells where control groups are', () => {
    fc.assert(
      fc.property(table, (mounts) => {
        const { unified, legacy } = readLayout(written(mounts));
        const first = mounts.find(({ fsType }) => fsType === 'cgroup2')?.point;
        expect(unified).to.equal(first === undefined ? undefined : byteString(first));
        for (const name of ['memory', 'cpu', 'name=systemd']) {
          const of = mounts.find((one) => one.fsType === 'cgroup' && one.options.includes(name));
          expect(legacy.get(name)).to.equal(of === undefined ? undefined : byteString(of.point));
        }
      }),
    );
  });
});

describe('/proc/PID/maps', () => {
  const ROOT = '/run/noded/chroot-hypervisor/inst1';
  const NEIGHBOUR = `${ROOT}0`;
  const mountinfo = [ROOT, NEIGHBOUR]
    .map((root, index) => `${index + 1} 0 7:${index + 1} / ${root} rw - ext4 /dev/loop rw\n`)
    .join('');
  const line = (device: string, path: string) =>
    `7f0000000000-7f0000001000 r-xp 00000000 ${device} 12   ${path}\n`;

  it('shows the root whose files are mapped, and no neighbour', () => {
    const targets = new UseTargets([ROOT, NEIGHBOUR], parseMountinfo(mountinfo));
    const places = fc.constantFrom(ROOT, NEIGHBOUR, '/usr', '', `/mnt${ROOT}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(places, filePath()), { maxLength: 6 }), (mapped) => {
        const maps = mapped
          // The kernel escapes nothing here but line breaks.
          .map(([place, path]) =>
            line('fe:00', byteString(`${place}${path}`.replaceAll('\n', '\\012'))),
          )
          .join('');
        const found = new Set(targets.mappedIn(maps, false));
        for (const root of [ROOT, NEIGHBOUR])
          expect(found.has(root)).to.equal(mapped.some(([place]) => place === root));
      }),
    );
  });

  it('is read whatever it says', () => {
    const targets = new UseTargets([ROOT, NEIGHBOUR], parseMountinfo(mountinfo));
    fc.assert(
      fc.property(textOf(line('07:01', `${ROOT}/bin/sh`), ` ${ROOT}`, '07:02'), (maps) => {
        for (const isForeign of [true, false])
          expect([ROOT, NEIGHBOUR]).to.include.members(targets.mappedIn(maps, isForeign));
      }),
    );
  });
});
