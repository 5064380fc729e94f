import { mkdir, rm, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import type { ChrootOptions } from '../../../../src/hypervisor/chroot/chroot-manager.js';
import type { ConsoleContext } from '../../../../src/hypervisor/hypervisor.js';
import { ChrootFixture } from '../../../support/fakes/chroot-fixture.js';
import { NODE_INFO } from '../../../support/fakes/fake-hypervisor.js';
import { failureOf } from '../../storage/fixtures.js';

const ZEROS = { id: 0, memory: 0, vcpus: 0, state: 0, times: 0 };
const USAGE = {
  memoryBytes: 20 * 1024 * 1024 + 4096,
  processes: 3,
  cpuSeconds: 1.5,
  memoryKills: 0,
};
const NOTHING = {
  memoryBytes: undefined,
  processes: 0,
  cpuSeconds: undefined,
  memoryKills: undefined,
};
const CONTEXT: ConsoleContext = {
  primaryNode: { name: 'node1.lab.test' },
  nodeGroup: { name: 'default', ndparams: { ssh_port: 2222 } },
  hvparams: {},
  beparams: {},
};

let fixture: ChrootFixture;

/** A fixture for each test of the surrounding suite. */
function useFixture(options: Partial<ChrootOptions> = {}): void {
  beforeEach(async () => {
    fixture = await ChrootFixture.create(options);
  });
  afterEach(() => fixture.remove());
}

describe('ChrootManager.name, parameters, rootDir, instanceDir', () => {
  useFixture();

  it('are those of Ganeti', () => {
    const { manager } = fixture;
    expect(manager.name).to.equal('chroot');
    expect([...manager.parameters.keys()]).to.deep.equal(['init_script']);
    expect(manager.parameters.get('init_script')?.isRequired).to.be.true;
    expect(manager.rootDir).to.equal(fixture.rootDir);
    expect(manager.instanceDir('inst1')).to.equal(`${fixture.rootDir}/inst1`);
  });

  it('have no directory for what is not an instance name', () => {
    for (const name of ['..', '.', '', 'a/b', 'a\0', '__proto__/..'])
      expect(() => fixture.manager.instanceDir(name)).to.throw(HypervisorError);
  });
});

describe('ChrootManager.isLive', () => {
  useFixture();

  it('is true while a process uses the root', async () => {
    expect(await fixture.manager.isLive('inst1')).to.be.false;
    fixture.addUser();
    expect(await fixture.manager.isLive('inst1')).to.be.true;
  });

  it('is true while the control group has a process', async () => {
    fixture.cgroups.populated.add('instance-inst1');
    expect(await fixture.manager.isLive('inst1')).to.be.true;
    expect(await fixture.manager.isLive('inst10')).to.be.false;
  });

  it('fails when it cannot be found out: never "nothing runs"', async () => {
    fixture.processes.usersOf = () => Promise.reject(new Error('too many open files'));
    expect((await failureOf(fixture.manager.isLive('inst1'))).message).to.equal(
      'too many open files',
    );
  });
});

describe('ChrootManager.listInstances', () => {
  useFixture();

  it('lists the instances that run, in one pass over the processes', async () => {
    await fixture.runs('inst1');
    await fixture.runs('inst2');
    await mkdir(fixture.root('stopped'));
    expect(await fixture.manager.listInstances()).to.have.members(['inst1', 'inst2']);
    expect(fixture.processes.passes).to.have.length(1);
  });

  it('passes over what cannot be an instance', async () => {
    await writeFile(`${fixture.rootDir}/not a name`, '');
    fixture.addUser('not a name');
    expect(await fixture.manager.listInstances()).to.deep.equal([]);
  });

  it('is empty while there is no directory', async () => {
    await rm(fixture.rootDir, { recursive: true });
    expect(await fixture.manager.listInstances()).to.deep.equal([]);
  });
});

describe('ChrootManager.getInstanceInfo and getAllInstancesInfo', () => {
  useFixture();

  it('tell zeros, as in Ganeti', async () => {
    fixture.cgroups.usage = USAGE;
    await fixture.runs();
    expect(await fixture.manager.getInstanceInfo('inst1')).to.deep.equal({
      name: 'inst1',
      ...ZEROS,
    });
    expect(await fixture.manager.getAllInstancesInfo()).to.deep.equal([
      { name: 'inst1', ...ZEROS },
    ]);
  });

  it('tell nothing of an instance that does not run', async () => {
    expect(await fixture.manager.getInstanceInfo('inst1')).to.be.undefined;
    expect(await fixture.manager.getAllInstancesInfo()).to.deep.equal([]);
  });
});

describe('ChrootManager.getInstanceInfo, when usage is to be reported', () => {
  useFixture({ reportsUsage: true });

  it('tells MiB and seconds', async () => {
    fixture.cgroups.usage = USAGE;
    await fixture.runs();
    expect(await fixture.manager.getInstanceInfo('inst1')).to.deep.equal({
      name: 'inst1',
      ...ZEROS,
      memory: 20,
      times: 1.5,
    });
  });

  it('tells zeros of what nothing accounts', async () => {
    await fixture.runs();
    expect(await fixture.manager.getInstanceInfo('inst1')).to.include(ZEROS);
  });
});

describe('ChrootManager.getInstanceUsage', () => {
  useFixture();

  it('tells what the control group accounts, null where nothing does', async () => {
    await fixture.runs();
    fixture.cgroups.usage = USAGE;
    const cgroup = '/cgroup/parent/instance-inst1';
    expect(await fixture.manager.getInstanceUsage('inst1')).to.deep.equal({ ...USAGE, cgroup });
    fixture.cgroups.usage = { ...NOTHING, processes: 3 };
    expect(await fixture.manager.getInstanceUsage('inst1')).to.deep.equal({
      memoryBytes: null,
      processes: 3,
      cpuSeconds: null,
      cgroup,
      memoryKills: null,
    });
  });

  it('fails for an instance that does not run', async () => {
    const error = await failureOf(fixture.manager.getInstanceUsage('inst1'));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal('Instance inst1 is not running');
  });
});

describe('ChrootManager, when the kernel has killed for memory', () => {
  useFixture();

  it('says what was killed of an instance that is down, and logs it when it is cleaned up', async () => {
    expect(await fixture.manager.whyDown('inst1')).to.be.undefined;
    fixture.cgroups.usage = { ...NOTHING, memoryKills: 2 };
    expect(await fixture.manager.whyDown('inst1')).to.equal(
      'the kernel has killed 2 of its processes for memory',
    );
    await fixture.manager.cleanupInstance('inst1', []);
    expect(fixture.logged).to.deep.equal([
      {
        level: 'warn',
        message: 'the kernel has killed processes of an instance for memory',
        instance: 'inst1',
        processes: 2,
      },
    ]);
  });
});

describe('ChrootManager.balloonInstanceMemory', () => {
  useFixture();

  it('does nothing, as chroots have no limits', async () => {
    await fixture.manager.balloonInstanceMemory(fixture.instance(), 32);
    expect(fixture.journal.events).to.deep.equal([]);
  });
});

describe('ChrootManager.balloonInstanceMemory, when limits are enforced', () => {
  useFixture({ enforcesLimits: true });

  it('limits the control group', async () => {
    await fixture.manager.balloonInstanceMemory(fixture.instance(), 32);
    expect(fixture.cgroups.limits.get('instance-inst1')).to.deep.equal({ memoryBytes: 33554432 });
  });

  it('says why that failed', async () => {
    fixture.journal.fail('limit group instance-inst1', new Error('no controller'));
    const ballooning = fixture.manager.balloonInstanceMemory(fixture.instance(), 32);
    const error = await failureOf(ballooning);
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal("Can't limit memory: no controller");
  });
});

describe('ChrootManager.resizeDisk', () => {
  useFixture();

  it('has the loop device grow that is over the disk', async () => {
    await fixture.start();
    await fixture.manager.resizeDisk(fixture.instance(), fixture.disk());
    expect(fixture.loops.resized).to.deep.equal(['/dev/loop7']);
  });

  it('leaves devices over other disks alone', async () => {
    await fixture.start();
    const other = `${fixture.directory}/disk1`;
    await writeFile(other, '');
    await fixture.manager.resizeDisk(fixture.instance(), { ...fixture.disk(), devPath: other });
    expect(fixture.loops.resized).to.deep.equal([]);
  });

  it('says that the disk is not there', async () => {
    const disk = { ...fixture.disk(), devPath: '/dev/no-such-group/disk0' };
    const error = await failureOf(fixture.manager.resizeDisk(fixture.instance(), disk));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.match(
      /^Can't find the disk \/dev\/no-such-group\/disk0: No such file/i,
    );
  });
});

describe('ChrootManager.getInstanceConsole', () => {
  useFixture();

  it('is a shell in the root by SSH; the path is the configured one', async () => {
    await fixture.runs();
    const { manager } = fixture;
    expect(await manager.getInstanceConsole(fixture.instance(), CONTEXT)).to.deep.equal({
      instance: 'inst1',
      kind: 'ssh',
      host: 'node1.lab.test',
      port: 2222,
      user: 'root',
      command: ['chroot', '/var/run/roots/inst1', '/bin/sh'],
    });
  });

  it('fails while the root is not mounted', async () => {
    fixture.addUser();
    const asking = fixture.manager.getInstanceConsole(fixture.instance(), CONTEXT);
    const error = await failureOf(asking);
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal('Instance inst1 is not running');
  });
});

describe('ChrootManager.verify', () => {
  useFixture();

  it('is content with a directory for the roots', async () => {
    expect(await fixture.manager.verify()).to.be.null;
  });

  it('misses the directory, also when a file has its name', async () => {
    const problem = `The required directory '${fixture.rootDir}' does not exist`;
    await rm(fixture.rootDir, { recursive: true });
    expect(await fixture.manager.verify()).to.equal(problem);
    await writeFile(fixture.rootDir, '');
    expect(await fixture.manager.verify()).to.equal(problem);
  });
});

describe('ChrootManager.getNodeInfo and powercycleNode', () => {
  useFixture();

  it('are those of Linux', async () => {
    expect(await fixture.manager.getNodeInfo()).to.deep.equal(NODE_INFO);
    await fixture.manager.powercycleNode();
    expect(fixture.journal.events).to.deep.equal(['powercycle']);
  });
});

describe('ChrootManager.migrateInstance and getMigrationStatus', () => {
  useFixture();

  it('are not supported', async () => {
    const { manager } = fixture;
    for (const ask of [() => manager.migrateInstance(), () => manager.getMigrationStatus()]) {
      const error = await failureOf(ask());
      expect(error).to.be.instanceOf(HypervisorError);
      expect(error.message).to.equal('Migration not supported by the chroot hypervisor');
    }
  });
});
