import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import type { Instance } from '../../../../src/generated/objects.js';
import { FakeHypervisor } from '../../../../src/hypervisor/fake/fake-hypervisor.js';
import { InstanceFiles } from '../../../../src/hypervisor/fake/instance-files.js';
import { NODE_INFO } from '../../../support/fakes/fake-hypervisor.js';
import { failureOf, instanceWith } from '../../storage/fixtures.js';

const INSTANCE: Instance = {
  ...instanceWith([]),
  name: 'inst1',
  hypervisor: 'fake',
  hvparams: { migration_mode: 'live' },
  beparams: { minmem: 16, maxmem: 64, vcpus: 2 },
};

let directory: string;
let powercycles: number;
let hypervisor: FakeHypervisor;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'noded-fake-'));
  powercycles = 0;
  hypervisor = new FakeHypervisor({
    files: new InstanceFiles(directory),
    node: {
      info: () => Promise.resolve(NODE_INFO),
      powercycle: () => {
        powercycles++;
        return Promise.resolve();
      },
    },
  });
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function messageOf(failing: Promise<unknown>): Promise<string> {
  const failure = await failureOf(failing);
  expect(failure).to.be.instanceOf(HypervisorError);
  return failure.message;
}

describe('FakeHypervisor.startInstance', () => {
  it('starts it with the most memory it may have, and its processors', async () => {
    await hypervisor.startInstance(INSTANCE);
    expect(await hypervisor.getInstanceInfo('inst1')).to.deep.equal({
      name: 'inst1',
      id: 0,
      memory: 64,
      vcpus: 2,
      state: 0,
      times: 0,
    });
  });

  it('gives no more memory than is free, but what it needs', async () => {
    const beparams = { minmem: 900, maxmem: 4000, vcpus: 1 };
    await hypervisor.startInstance({ ...INSTANCE, beparams });
    await hypervisor.startInstance({ ...INSTANCE, name: 'inst2', beparams });
    const memories = (await hypervisor.getAllInstancesInfo()).map(({ memory }) => memory);
    expect(memories).to.have.members([NODE_INFO.memory_free, 900]);
  });

  it('fails for one that runs', async () => {
    await hypervisor.startInstance(INSTANCE);
    expect(await messageOf(hypervisor.startInstance(INSTANCE))).to.equal(
      'Failed to start instance inst1: already running',
    );
  });

  it('says which parameter is missing', async () => {
    const failing = hypervisor.startInstance({ ...INSTANCE, beparams: {} });
    expect(await messageOf(failing)).to.match(/Parameter 'vcpus' is missing$/);
    expect(await hypervisor.listInstances()).to.deep.equal([]);
  });

  it('says what the system said', async () => {
    rmSync(directory, { recursive: true });
    mkdirSync(join(directory, 'inst1'), { recursive: true });
    const failing = hypervisor.finalizeMigrationDst(INSTANCE, '', true);
    expect(await messageOf(failing)).to.match(
      /^Failed to finalize the migration of inst1: .*directory/i,
    );
  });
});

describe('FakeHypervisor.stopInstance', () => {
  it('ends it at once', async () => {
    await hypervisor.startInstance(INSTANCE);
    await hypervisor.stopInstance(INSTANCE);
    expect(await hypervisor.getInstanceInfo('inst1')).to.be.undefined;
  });

  it('fails for one that does not run', async () => {
    expect(await messageOf(hypervisor.stopInstance(INSTANCE))).to.equal(
      'Failed to stop instance inst1: not running',
    );
  });
});

describe('FakeHypervisor.getInstanceUsage', () => {
  it('says that nothing is accounted', async () => {
    await hypervisor.startInstance(INSTANCE);
    expect(await hypervisor.getInstanceUsage('inst1')).to.deep.equal({
      memoryBytes: null,
      processes: 0,
      cpuSeconds: null,
      memoryKills: null,
      cgroup: null,
    });
  });

  it('fails for one that does not run', async () => {
    expect(await messageOf(hypervisor.getInstanceUsage('inst1'))).to.equal(
      'Instance inst1 is not running',
    );
  });
});

describe('FakeHypervisor.getNodeInfo', () => {
  it('takes the memory of its instances from what is free, and nothing else', async () => {
    await hypervisor.startInstance(INSTANCE);
    expect(await hypervisor.getNodeInfo()).to.deep.equal({
      ...NODE_INFO,
      memory_free: NODE_INFO.memory_free - 64,
    });
  });
});

describe('FakeHypervisor.verify', () => {
  it('is content when its directory is there', async () => {
    expect(await hypervisor.verify()).to.be.null;
    rmSync(directory, { recursive: true });
    expect(await hypervisor.verify()).to.equal(
      `The required directory '${directory}' does not exist`,
    );
  });
});

describe('FakeHypervisor.balloonInstanceMemory', () => {
  it('changes the memory of one that runs only', async () => {
    expect(await messageOf(hypervisor.balloonInstanceMemory(INSTANCE, 32))).to.equal(
      'Failed to balloon memory for inst1: not running',
    );
    await hypervisor.startInstance(INSTANCE);
    await hypervisor.balloonInstanceMemory(INSTANCE, 32);
    expect((await hypervisor.getInstanceInfo('inst1'))?.memory).to.equal(32);
  });
});

describe('FakeHypervisor, when an instance migrates', () => {
  it('accepts only what does not run here', async () => {
    await hypervisor.acceptInstance(INSTANCE);
    await hypervisor.startInstance(INSTANCE);
    expect(await messageOf(hypervisor.acceptInstance(INSTANCE))).to.equal(
      "Can't accept instance, already running",
    );
  });

  it('runs on the target after a success, and still on the source after a failure', async () => {
    await hypervisor.migrateInstance();
    expect(await hypervisor.getMigrationStatus()).to.deep.equal({ status: 'completed' });
    await hypervisor.finalizeMigrationDst(INSTANCE, '', true);
    expect(await hypervisor.listInstances()).to.deep.equal(['inst1']);
    await hypervisor.finalizeMigrationSource(INSTANCE, false);
    expect(await hypervisor.listInstances()).to.deep.equal(['inst1']);
    await hypervisor.finalizeMigrationSource(INSTANCE, true);
    expect(await hypervisor.listInstances()).to.deep.equal([]);
    await hypervisor.startInstance(INSTANCE);
    await hypervisor.finalizeMigrationDst(INSTANCE, '', false);
    expect(await hypervisor.listInstances()).to.deep.equal([]);
  });
});

describe('FakeHypervisor.powercycleNode', () => {
  it("is the node's own", async () => {
    await hypervisor.powercycleNode();
    expect(powercycles).to.equal(1);
  });
});

describe('FakeHypervisor.checkParameterSyntax', () => {
  it('wants a migration mode, and nothing else', () => {
    for (const migration_mode of ['live', 'non-live'])
      hypervisor.checkParameterSyntax({ migration_mode });
    for (const hvparams of [{}, { migration_mode: 'x' }, { migration_mode: 'live', a: 1 }])
      expect(() => {
        hypervisor.checkParameterSyntax(hvparams);
      }).to.throw(HypervisorError);
  });
});
