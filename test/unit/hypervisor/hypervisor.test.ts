import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { HotplugError, HypervisorError } from '../../../src/base/errors.js';
import type { Beparams, Instance } from '../../../src/generated/objects.js';
import { FakeHypervisor, NODE_INFO } from '../../support/fakes/fake-hypervisor.js';
import { failureOf, fileDisk, instanceWith } from '../storage/fixtures.js';

const DISK = fileDisk('/srv/disk0');
const INSTANCE = instanceWith([DISK]);
const CHANGE = { target: 'disk', device: DISK, extra: null, sequence: 0 } as const;

/** Shows what is for hypervisors themselves only. */
class OpenHypervisor extends FakeHypervisor {
  startupMemory(instance: Instance): Promise<number> {
    return this.instanceStartupMemory(instance);
  }

  formatted(problems: readonly string[]): string | null {
    return this.formatVerifyResults(problems);
  }
}

let hypervisor: OpenHypervisor;
beforeEach(() => {
  hypervisor = new OpenHypervisor();
});

async function hotplugMessage(asking: Promise<unknown>): Promise<string> {
  const error = await failureOf(asking);
  expect(error).to.be.instanceOf(HotplugError);
  return error.message;
}

describe('BaseHypervisor.migrationInfo', () => {
  it('is empty', async () => {
    expect(await hypervisor.migrationInfo(INSTANCE)).to.equal('');
  });
});

describe('BaseHypervisor.acceptInstance and finalizeMigration', () => {
  it('have nothing to do', async () => {
    await hypervisor.acceptInstance(INSTANCE, '', '10.0.0.1');
    for (const isSuccess of [true, false]) {
      await hypervisor.finalizeMigrationDst(INSTANCE, '', isSuccess);
      await hypervisor.finalizeMigrationSource(INSTANCE, isSuccess, true);
    }
    expect(hypervisor.journal.events).to.deep.equal([]);
  });
});

describe('BaseHypervisor.verifyInstance, restoreInstance and cleanupInstance', () => {
  it('are content with every instance', async () => {
    expect(await hypervisor.verifyInstance(INSTANCE)).to.be.true;
    await hypervisor.restoreInstance(INSTANCE, []);
    await hypervisor.cleanupInstance(INSTANCE.name, []);
  });
});

describe('BaseHypervisor.hotAddDevice, hotDelDevice and hotModDevice', () => {
  it("fail in Ganeti's words", async () => {
    const message = 'Hotplug is not supported by this hypervisor';
    expect(await hotplugMessage(hypervisor.hotAddDevice(INSTANCE, CHANGE))).to.equal(message);
    expect(await hotplugMessage(hypervisor.hotDelDevice(INSTANCE, CHANGE))).to.equal(message);
    expect(await hotplugMessage(hypervisor.hotModDevice(INSTANCE, CHANGE))).to.equal(message);
  });
});

describe('BaseHypervisor.hotplugSupported', () => {
  it("fails in Ganeti's words", async () => {
    expect(await hotplugMessage(hypervisor.hotplugSupported(INSTANCE))).to.equal(
      'Hotplug is not supported by this hypervisor',
    );
  });
});

describe('BaseHypervisor.verifyHotplugSupport', () => {
  it("fails in Ganeti's words, which end in a full stop here", async () => {
    const asking = hypervisor.verifyHotplugSupport(INSTANCE, 'hotadd', 'disk');
    expect(await hotplugMessage(asking)).to.equal('Hotplug is not supported.');
  });
});

describe('BaseHypervisor.resizeDisk', () => {
  it('is not supported, unless the hypervisor says otherwise', async () => {
    const resizing = hypervisor.resizeDisk(INSTANCE, { disk: DISK, devPath: '/srv/disk0' });
    expect(await hotplugMessage(resizing)).to.equal(
      'Disk resize is not supported by this hypervisor',
    );
  });
});

describe('BaseHypervisor.instanceStartupMemory', () => {
  const free = NODE_INFO.memory_free;
  const cases: readonly [what: string, beparams: Beparams, expected: number][] = [
    ['as much as it may have', { minmem: 16, maxmem: free - 1 }, free - 1],
    ['what is free, if that is less', { minmem: 16, maxmem: free + 1 }, free],
    ['never less than it needs', { minmem: free + 5, maxmem: free + 9 }, free + 5],
    ['what it needs, if no more is said', { minmem: 16 }, 16],
  ];
  for (const [what, beparams, expected] of cases)
    it(`is ${what}`, async () => {
      const instance = instanceWith([], { beparams });
      expect(await hypervisor.startupMemory(instance)).to.equal(expected);
    });
});

describe('BaseHypervisor.formatVerifyResults', () => {
  it('is null when nothing is wrong', () => {
    expect(hypervisor.formatted([])).to.be.null;
  });

  it('is one text of all that is', () => {
    expect(hypervisor.formatted(['a is missing'])).to.equal('a is missing');
    expect(hypervisor.formatted(['a is missing', 'b too'])).to.equal('a is missing; b too');
  });
});

describe('BaseHypervisor.checkParameterSyntax and validateParameters', () => {
  it("check by the hypervisor's own table", async () => {
    const table = new Map([
      [
        'path',
        {
          isRequired: true,
          validation: { isValid: () => Promise.resolve(false), message: 'not found' },
        },
      ],
    ]);
    const checked = new FakeHypervisor('fake', table);
    expect(() => {
      checked.checkParameterSyntax({});
    }).to.throw(HypervisorError, "Parameter 'path' is missing");
    const error = await failureOf(checked.validateParameters({ path: '/x' }));
    expect(error).to.be.instanceOf(HypervisorError);
  });
});
