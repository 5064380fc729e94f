import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import { HelperError } from '../../../../src/system/helper/failures.js';
import { MountError } from '../../../../src/system/mount/mount-disk.js';
import { ChrootFixture } from '../../../support/fakes/chroot-fixture.js';
import { failureOf } from '../../storage/fixtures.js';

const START = '/ganeti-chroot start';
const GROUP = 'instance-inst1';

describe('ChrootManager.startInstance', () => {
  let fixture: ChrootFixture;
  beforeEach(async () => {
    fixture = await ChrootFixture.create();
  });
  afterEach(() => fixture.remove());

  it('mounts the first disk through a loop device and runs the script in it', async () => {
    await fixture.start();
    const { journal, loops, mounts, commands, image } = fixture;
    expect(journal.after(`remove group ${GROUP}`)).to.deep.equal([
      `create group ${GROUP}`,
      'attach loop',
      'mount',
      START,
    ]);
    expect(loops.attached).to.deep.equal([{ file: image, name: 'inst1', isReadOnly: false }]);
    expect(mounts.mountPoints).to.deep.equal([fixture.root()]);
    expect(commands.runs.at(-1)?.argv).to.deep.equal([
      'chroot',
      fixture.root(),
      '/ganeti-chroot',
      'start',
    ]);
  });

  it('runs the script in the control group and with the time limit of the configuration', async () => {
    await fixture.start();
    const { options } = fixture.commands.runs.at(-1) ?? {};
    expect(options?.cgroupProcs).to.deep.equal([`/cgroup/parent/${GROUP}/cgroup.procs`]);
    expect(options?.timeoutMs).to.equal(5_000);
  });

  it('mounts a read-only disk read-only', async () => {
    const disk = fixture.disk({ mode: 'ro' });
    await fixture.manager.startInstance(fixture.instance(), [disk], false);
    expect(fixture.mounted).to.have.lengthOf(1);
    expect(fixture.mounted[0]?.isReadOnly).to.be.true;
  });

  it('sets no limits unless they are enforced', async () => {
    await fixture.start({ beparams: { maxmem: 64, vcpus: 2 } });
    expect(fixture.cgroups.limits.size).to.equal(0);
  });

  it('says what is missing where nothing can be mounted, and touches nothing', async () => {
    fixture.missingMountRight = 'CAP_SYS_ADMIN is missing';
    const failure = await failureOf(fixture.start());
    expect(failure).to.be.instanceOf(HypervisorError);
    expect(failure.message).to.equal(
      'No right to mount: CAP_SYS_ADMIN is missing; see chroot-nodectl doctor',
    );
    expect(fixture.journal.events).to.deep.equal([]);
  });

  it('says what is missing where no control groups can be made', async () => {
    fixture.cgroups.missing = 'Read-only file system';
    const failure = await failureOf(fixture.start());
    expect(failure).to.be.instanceOf(HypervisorError);
    expect(failure.message).to.equal(
      'No right to make a control group: Read-only file system; see chroot-nodectl doctor',
    );
    expect(fixture.mounts.mountPoints).to.deep.equal([]);
  });

  it('puts away first what a start left behind that was cut short', async () => {
    await mkdir(fixture.root());
    fixture.mounts.add(fixture.root());
    fixture.cgroups.existing.add(GROUP);
    await fixture.start();
    expect(fixture.journal.events.slice(0, 2)).to.deep.equal(['unmount', `remove group ${GROUP}`]);
    expect(fixture.mounts.mountPoints).to.deep.equal([fixture.root()]);
  });

  it('fails without a disk', async () => {
    const starting = fixture.manager.startInstance(fixture.instance(), [], false);
    const error = await failureOf(starting);
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal('The chroot manager needs at least one disk');
  });

  it('fails without a script, or with one that is not an absolute normalized path', async () => {
    const missing = await failureOf(fixture.start({ hvparams: {} }));
    expect(missing.message).to.equal("Parameter 'init_script' is missing");
    for (const init_script of ['ganeti-chroot', '/../ganeti-chroot', '/a//b', '/a/', '', 7, null]) {
      const error = await failureOf(fixture.start({ hvparams: { init_script } }));
      expect(error).to.be.instanceOf(HypervisorError);
      expect(error.message).to.include('must be an absolute normalized path');
    }
    expect(fixture.journal.events).to.deep.equal([]);
  });

  it('refuses names that lead elsewhere, and touches nothing', async () => {
    const names = ['', '.', '..', 'a/b', '../etc', 'a\0b', 'a\nb', 'ä', 'a'.repeat(241), 'a/../b'];
    for (const name of names) {
      const error = await failureOf(fixture.start({ name }));
      expect(error).to.be.instanceOf(HypervisorError);
      expect(error.message).to.match(/ is not an instance name$/);
    }
    expect(fixture.journal.events).to.deep.equal([]);
    expect(await fixture.rootNames()).to.deep.equal([]);
  });

  it("refuses a link, a file or a directory in use in its directory's place", async () => {
    await symlink(fixture.directory, fixture.root('link'));
    await writeFile(fixture.root('file'), '');
    await mkdir(`${fixture.root('directory')}/used`, { recursive: true });
    const messages = {
      link: 'is not a directory but a symbolic link',
      file: 'is not a directory',
      directory: 'is not empty: something else uses it',
    };
    for (const [name, message] of Object.entries(messages)) {
      const error = await failureOf(fixture.start({ name }));
      expect(error).to.be.instanceOf(HypervisorError);
      expect(error.message).to.equal(`Needed path ${fixture.root(name)} ${message}`);
    }
    expect(fixture.mounts.mountPoints).to.deep.equal([]);
    expect(await fixture.rootNames()).to.have.members(['link', 'file', 'directory']);
  });

  it('does not mind an empty directory that is there already', async () => {
    await mkdir(fixture.root());
    await fixture.start();
    expect(fixture.mounts.mountPoints).to.deep.equal([fixture.root()]);
  });
});

/** What each step that fails must have undone, last one first. */
const FAILURES: readonly { step: string; undone: readonly string[]; message: string }[] = [
  {
    step: `create group ${GROUP}`,
    undone: [`remove group ${GROUP}`],
    message: `create group ${GROUP}: no space left`,
  },
  {
    step: `limit group ${GROUP}`,
    undone: [`remove group ${GROUP}`],
    message: `Can't limit instance inst1: limit group ${GROUP}: no space left`,
  },
  {
    step: 'attach loop',
    undone: [`remove group ${GROUP}`],
    message: "Disk DISK can't be used: No space left on device",
  },
  {
    step: 'mount',
    undone: [`remove group ${GROUP}`],
    message: "Can't mount the chroot dir: DISK: it holds nothing",
  },
  {
    step: START,
    undone: [`kill group ${GROUP}`, 'unmount', `remove group ${GROUP}`],
    message: "Can't run the chroot start script: no such file",
  },
];

describe('ChrootManager.startInstance, when a step fails', () => {
  let fixture: ChrootFixture;
  beforeEach(async () => {
    fixture = await ChrootFixture.create({ enforcesLimits: true });
    fixture.journal.fail('mount', new MountError('it holds nothing'));
    fixture.failProgram(START, { exitCode: 127, stderr: 'no such file\n' });
  });
  afterEach(() => fixture.remove());

  /** Lets every step work but `step`, and those after it. */
  async function startFailingAt(step: string): Promise<Error> {
    const { journal } = fixture;
    if (step === START) journal.mend('mount');
    const noSpace = Object.assign(new Error('open'), { code: 'ENOSPC', errno: -28 });
    if (step === 'attach loop') journal.fail(step, noSpace);
    else if (step !== 'mount' && step !== START) journal.fail(step);
    return failureOf(fixture.start({ beparams: { maxmem: 64, vcpus: 2 } }));
  }

  for (const { step, undone, message } of FAILURES) {
    it(`undoes all before "${step}" in reverse order`, async () => {
      const error = await startFailingAt(step);
      expect(error.message).to.equal(message.replace('DISK', fixture.image));
      expect(fixture.journal.after(step)).to.deep.equal(undone);
    });

    it(`leaves nothing behind when "${step}" fails`, async () => {
      await startFailingAt(step);
      expect(await fixture.rootNames()).to.deep.equal([]);
      expect(fixture.mounts.mountPoints).to.deep.equal([]);
      expect([...fixture.cgroups.existing]).to.deep.equal([]);
      expect(fixture.loops.backingFile('/dev/loop7')).to.be.undefined;
      expect(fixture.logged).to.deep.equal([]);
    });
  }

  it('goes on undoing after a step that cannot be undone, and logs that one', async () => {
    fixture.journal.mend('mount');
    fixture.leaveMounted();
    const error = await failureOf(fixture.start());
    expect(error.message).to.equal(
      `Can't run the chroot start script: no such file; left behind: mounts at ${fixture.root()}`,
    );
    expect(fixture.journal.after('unmount')).to.deep.equal([`remove group ${GROUP}`]);
    expect(fixture.logged[0]).to.include({
      message: 'undo failed',
      instance: 'inst1',
      what: `mounts at ${fixture.root()}`,
      reason: `Can't umount the chroot dir: ${fixture.root()}: EBUSY`,
    });
  });

  it('unmounts a disk whose mount took too long', async () => {
    fixture.journal.fail('mount', new HelperError('no answer within 1 s'));
    const error = await failureOf(fixture.start());
    expect(error.message).to.equal(
      `Can't mount the chroot dir: ${fixture.image}: no answer within 1 s`,
    );
    expect(fixture.mounts.mountPoints).to.deep.equal([]);
    expect(await fixture.rootNames()).to.deep.equal([]);
  });

  it('kills what the failing script has started', async () => {
    fixture.journal.mend('mount');
    fixture.onScript = (_verb, name) => {
      fixture.cgroups.populated.add(`instance-${name}`);
      fixture.addUser(name);
    };
    await failureOf(fixture.start());
    expect([...fixture.cgroups.populated]).to.deep.equal([]);
    expect([...fixture.processes.users]).to.deep.equal([]);
  });

  it('tells programs which script and log it was', async () => {
    fixture.journal.mend('mount');
    expect(await failureOf(fixture.start())).to.have.deep.property('data', {
      script: '/ganeti-chroot',
      log: `${fixture.logDir}/inst1.log`,
    });
  });

  it('says what was enforced in MiB and processors to the control group', async () => {
    fixture.journal.mend('mount');
    fixture.journal.mend(START);
    await fixture.start({ beparams: { maxmem: 64, vcpus: 2 } });
    const limits = { memoryBytes: 67108864, cpus: 2, processes: 1_000 };
    expect(fixture.cgroups.limits.get(GROUP)).to.deep.equal(limits);
  });
});
