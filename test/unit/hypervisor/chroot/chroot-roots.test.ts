import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import { Rollback } from '../../../../src/base/rollback.js';
import { HelperError } from '../../../../src/system/helper/failures.js';
import { ChrootFixture } from '../../../support/fakes/chroot-fixture.js';
import { failureOf } from '../../storage/fixtures.js';

let fixture: ChrootFixture;
beforeEach(async () => {
  fixture = await ChrootFixture.create();
});
afterEach(() => fixture.remove());

describe('ChrootRoots.instanceDir', () => {
  it('takes every name that Ganeti has', () => {
    for (const name of ['a', 'inst1.lab.test', '_x-1', '...', 'a'.repeat(240), '__proto__'])
      expect(fixture.roots.instanceDir(name)).to.equal(`${fixture.rootDir}/${name}`);
  });

  it('refuses any other, and shows it without what steers a terminal', () => {
    expect(() => fixture.roots.instanceDir('..')).to.throw(
      HypervisorError,
      /^'\.\.' is not an instance name$/,
    );
    expect(() => fixture.roots.instanceDir('a\n\x1b')).to.throw("'a\\n\\u001b' is not");
    expect(() => fixture.roots.instanceDir('/'.repeat(9_000)))
      .to.throw()
      .with.property('message')
      .with.length.below(300);
  });
});

describe('ChrootRoots.isMounted', () => {
  it('looks at exactly the directory of the instance', async () => {
    fixture.mounts.add(fixture.root('inst10')).add(`${fixture.root()}/proc`);
    expect(await fixture.roots.isMounted('inst1')).to.be.false;
    expect(await fixture.roots.isMounted('inst10')).to.be.true;
  });
});

describe('ChrootRoots.prepare', () => {
  it('makes the directory, and the directory of all', async () => {
    await rm(fixture.rootDir, { recursive: true });
    const rollback = new Rollback();
    await fixture.roots.prepare('inst1', rollback);
    expect(await fixture.rootNames()).to.deep.equal(['inst1']);
    expect(await rollback.undo()).to.deep.equal([]);
    expect(await fixture.rootNames()).to.deep.equal([]);
  });

  it('does not undo what it has not made', async () => {
    await mkdir(fixture.root());
    const rollback = new Rollback();
    await fixture.roots.prepare('inst1', rollback);
    await rollback.undo();
    expect(await fixture.rootNames()).to.deep.equal(['inst1']);
  });
});

describe('ChrootRoots.mountDisk', () => {
  async function failureWith(devPath: string): Promise<string> {
    const disk = { ...fixture.disk(), devPath };
    const error = await failureOf(fixture.roots.mountDisk('inst1', disk, new Rollback()));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(fixture.mounts.mountPoints).to.deep.equal([]);
    return error.message;
  }

  it('keeps no hold on the loop device but through the mount', async () => {
    await fixture.roots.mountDisk('inst1', fixture.disk(), new Rollback());
    expect(fixture.loops.backingFile('/dev/loop7')).to.equal(fixture.image);
    fixture.mounts.remove(fixture.root());
    expect(fixture.loops.backingFile('/dev/loop7')).to.be.undefined;
  });

  it('does not blame the disk for a loop device that is missing', async () => {
    fixture.loops.failure = Object.assign(new Error('open'), {
      errno: -2,
      code: 'ENOENT',
      path: '/dev/loop-control',
    });
    expect(await failureWith(fixture.image)).to.equal(
      `No loop device for disk ${fixture.image}: /dev/loop-control: No such file or directory; see chroot-nodectl doctor`,
    );
  });

  it('refuses a disk that another loop device is over', async () => {
    fixture.loops.foreign = '/dev/loop3';
    expect(await failureWith(fixture.image)).to.equal(
      `Disk ${fixture.image} is in use by /dev/loop3`,
    );
    expect(fixture.journal.events).to.deep.equal([]);
  });

  it('refuses what is neither a file nor a block device', async () => {
    expect(await failureWith('/dev/null')).to.equal(
      'Disk /dev/null is neither a file nor a block device',
    );
    expect(await failureWith(fixture.directory)).to.match(/is neither a file nor a block device$/);
  });

  it('refuses a block device that is mounted elsewhere', async function () {
    const [name] = await readdir('/sys/block').catch(() => []);
    // A machine may have none: then there is nothing to refuse.
    if (name === undefined) this.skip();
    const device = (await readFile(`/sys/block/${name}/dev`, 'utf8')).trim();
    fixture.mounts.add('/elsewhere', { source: `/dev/${name}`, device });
    const disk = { ...fixture.disk(), devPath: `/dev/${name}` };
    const error = await failureOf(fixture.roots.mountDisk('inst1', disk, new Rollback()));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal(`Disk /dev/${name} is mounted already, at /elsewhere`);
    expect(fixture.journal.events).to.deep.equal([]);
  });

  it('mounts a block device itself, without a loop device', async function () {
    const [name] = await readdir('/sys/block').catch(() => []);
    if (name === undefined) this.skip();
    fixture.mounts.add('/elsewhere', { device: '999:9' });
    const disk = { ...fixture.disk(), devPath: `/dev/${name}` };
    await fixture.roots.mountDisk('inst1', disk, new Rollback());
    expect(fixture.mounted[0]).to.include({ disk: `/dev/${name}`, target: fixture.root() });
    expect(fixture.journal.events).to.deep.equal(['mount']);
  });

  it('says why a disk cannot be used', async () => {
    expect(await failureWith(`${fixture.directory}/none`)).to.match(
      /^Disk \S+\/none can't be used: No such file or directory$/,
    );
  });

  it('passes on what is no failure of mount', async () => {
    fixture.journal.fail('mount', new TypeError('a mistake of ours'));
    const mounting = fixture.roots.mountDisk('inst1', fixture.disk(), new Rollback());
    expect(await failureOf(mounting)).to.be.instanceOf(TypeError);
  });
});

describe('ChrootRoots.unmount', () => {
  beforeEach(async () => {
    await mkdir(fixture.root());
    await fixture.roots.mountDisk('inst1', fixture.disk(), new Rollback());
  });

  it('fails while something still uses the disk', async () => {
    fixture.loops.isHeld = true;
    const error = await failureOf(fixture.roots.unmount('inst1'));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal(
      `The chroot is unmounted, but disk ${fixture.image} is in use by /dev/loop7 (something has it open)`,
    );
  });

  it('fails again while something uses the disk, though nothing is mounted any more', async () => {
    fixture.loops.isHeld = true;
    for (let round = 0; round < 2; round++)
      expect((await failureOf(fixture.roots.unmount('inst1'))).message).to.include('in use by');
    fixture.loops.isHeld = false;
    await fixture.roots.unmount('inst1');
  });

  it('detaches a device that would stay, since somebody has taken its flag away', async () => {
    fixture.loops.isKept = true;
    await fixture.roots.unmount('inst1');
    expect(fixture.loops.backingFile('/dev/loop7')).to.be.undefined;
  });

  it('leaves a device alone that has become another one', async () => {
    fixture.loops.isHeld = true;
    await fixture.loops.attach('/another', { name: 'x', isReadOnly: true });
    await fixture.roots.unmount('inst1');
    expect(fixture.loops.backingFile('/dev/loop7')).to.equal('/another');
  });

  it('waits until the kernel lets go of the disk', async () => {
    fixture.loops.isHeld = true;
    setImmediate(() => {
      fixture.loops.isHeld = false;
    });
    await fixture.roots.unmount('inst1');
    expect(fixture.mounts.mountPoints).to.deep.equal([]);
  });

  it('does not wait for the disk of a root that stays', async () => {
    await fixture.roots.unmount('inst1', { keepRoot: true });
    expect(fixture.mounts.mountPoints).to.deep.equal([fixture.root()]);
  });

  it('fails when it takes too long', async () => {
    fixture.journal.fail('unmount', new HelperError('no answer within 1 s'));
    const error = await failureOf(fixture.roots.unmount('inst1'));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal("Can't umount the chroot dir: no answer within 1 s");
  });
});

describe('ChrootRoots.remove', () => {
  it('removes an empty directory only, once', async () => {
    await mkdir(fixture.root());
    await writeFile(fixture.root('file'), '');
    await mkdir(`${fixture.root('used')}/by`, { recursive: true });
    for (const name of ['inst1', 'inst1', 'file', 'used']) await fixture.roots.remove(name);
    expect(await fixture.rootNames()).to.have.members(['file', 'used']);
  });
});
