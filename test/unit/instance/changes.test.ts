import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { HotplugError, HypervisorError, RpcFailure } from '../../../src/base/errors.js';
import type { Instance } from '../../../src/generated/objects.js';
import type { FoundDisk, HotplugChange } from '../../../src/hypervisor/hypervisor.js';
import { HypervisorRegistry } from '../../../src/hypervisor/registry.js';
import {
  acceptInstance,
  balloonMemory,
  finalizeMigrationDst,
  finalizeMigrationSource,
  hotplugDevice,
  hotplugSupported,
  type InstanceChangesParts,
  migrateInstance,
  migrationInfo,
  migrationStatus,
  resizeDisk,
} from '../../../src/instance/changes.js';
import { FakeHypervisor } from '../../support/fakes/fake-hypervisor.js';
import { recordingLogger } from '../rpc/fakes.js';
import { failureOf, fileDisk, instanceWith } from '../storage/fixtures.js';

const DISK = fileDisk('/srv/disk0');
const INSTANCE = instanceWith([DISK]);
const CHANGE = { target: 'disk', device: DISK, extra: 'x', sequence: 1 } as const;
const REQUEST = { action: 'hotadd', ...CHANGE } as const;

/** A hypervisor that can change devices, and whose migrations fail when `isBroken`. */
class ChangingHypervisor extends FakeHypervisor {
  readonly changes: [string, HotplugChange][] = [];
  isBroken = false;

  override verifyHotplugSupport(): Promise<void> {
    return Promise.resolve();
  }

  override hotAddDevice(_instance: Instance, change: HotplugChange): Promise<string> {
    return this.#change('added', change);
  }

  override hotDelDevice(_instance: Instance, change: HotplugChange): Promise<string> {
    return this.#change('removed', change);
  }

  override hotModDevice(_instance: Instance, change: HotplugChange): Promise<string> {
    return this.#change('changed', change);
  }

  #change(how: string, change: HotplugChange): Promise<string> {
    this.changes.push([how, change]);
    return Promise.resolve(how);
  }

  override async resizeDisk(_instance: Instance, { devPath }: FoundDisk): Promise<void> {
    await this.journal.note(`resize ${devPath}`);
  }

  override migrationInfo(instance: Instance): Promise<string> {
    return this.#broken() ?? super.migrationInfo(instance);
  }

  override acceptInstance(instance: Instance, info: unknown, target: string): Promise<void> {
    return this.#broken() ?? super.acceptInstance(instance, info, target);
  }

  override finalizeMigrationDst(
    instance: Instance,
    info: unknown,
    isSuccess: boolean,
  ): Promise<void> {
    return this.#broken() ?? super.finalizeMigrationDst(instance, info, isSuccess);
  }

  override finalizeMigrationSource(
    instance: Instance,
    isSuccess: boolean,
    isLive: boolean,
  ): Promise<void> {
    return this.#broken() ?? super.finalizeMigrationSource(instance, isSuccess, isLive);
  }

  #broken(): Promise<never> | undefined {
    return this.isBroken ? Promise.reject(new HypervisorError('broken')) : undefined;
  }
}

let hypervisor: ChangingHypervisor;
let changes: InstanceChangesParts;
let logged: ReturnType<typeof recordingLogger>;
beforeEach(() => {
  hypervisor = new ChangingHypervisor();
  logged = recordingLogger();
  changes = changesWith(hypervisor);
});

function changesWith(one: FakeHypervisor): InstanceChangesParts {
  return {
    hypervisors: new HypervisorRegistry([one]),
    logger: logged.logger,
  };
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await failureOf(work);
  expect(error).to.be.instanceOf(RpcFailure);
  return error.message;
}

describe('balloonMemory', () => {
  it('asks the hypervisor of a running instance', async () => {
    hypervisor.running.add(INSTANCE.name);
    await balloonMemory(changes, INSTANCE, 32);
    expect(hypervisor.journal.events).to.deep.equal(['list', 'balloon to 32']);
  });

  it('does nothing for one that does not run, and logs that', async () => {
    await balloonMemory(changes, INSTANCE, 32);
    expect(hypervisor.journal.events).to.deep.equal(['list']);
    expect(logged.lines).to.deep.equal([
      {
        level: 'info',
        message: 'instance is not running, cannot balloon',
        instance: INSTANCE.name,
      },
    ]);
  });

  it('says that it failed', async () => {
    hypervisor.running.add(INSTANCE.name);
    hypervisor.journal.fail('balloon to 32', new HypervisorError('too much'));
    expect(await messageOf(balloonMemory(changes, INSTANCE, 32))).to.equal(
      'Failed to balloon instance memory: too much',
    );
  });
});

describe('hotplugDevice', () => {
  it('hands the change to what the hypervisor has for the action', async () => {
    const expected = { hotadd: 'added', hotremove: 'removed', hotmod: 'changed' } as const;
    for (const action of ['hotadd', 'hotremove', 'hotmod'] as const) {
      await hotplugDevice(changes, INSTANCE, { ...REQUEST, action });
      expect(hypervisor.changes.at(-1)).to.deep.equal([expected[action], CHANGE]);
    }
  });

  it('says so when the hypervisor does not support it', async () => {
    const asking = hotplugDevice(changesWith(new FakeHypervisor()), INSTANCE, REQUEST);
    expect(await messageOf(asking)).to.equal('Hotplug is not supported: Hotplug is not supported.');
  });

  it('passes on the failure of the change itself', async () => {
    hypervisor.hotAddDevice = () => Promise.reject(new HotplugError('no slot'));
    const error = await failureOf(hotplugDevice(changes, INSTANCE, REQUEST));
    expect(error).to.be.instanceOf(HotplugError);
    expect(error.message).to.equal('no slot');
  });
});

describe('hotplugSupported', () => {
  it("says in Ganeti's words that it is not", async () => {
    const error = await failureOf(hotplugSupported(changes, INSTANCE));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error).to.have.property('kind', 'hotplug');
    expect(error.message).to.equal(
      'Hotplug is not supported: Hotplug is not supported by this hypervisor',
    );
  });
});

describe('Changes to instances, migration', () => {
  it('has nothing to do by default', async () => {
    expect(await migrationInfo(changes, INSTANCE)).to.equal('');
    await acceptInstance(changes, INSTANCE, '', '10.0.0.1');
    await finalizeMigrationDst(changes, INSTANCE, '', true);
    await finalizeMigrationSource(changes, INSTANCE, true, true);
  });

  it("fails in Ganeti's words", async () => {
    hypervisor.isBroken = true;
    const failures: Readonly<Record<string, () => Promise<unknown>>> = {
      'Failed to fetch migration information': () => migrationInfo(changes, INSTANCE),
      'Failed to accept instance': () => acceptInstance(changes, INSTANCE, '', ''),
      'Failed to finalize migration on the target node': () =>
        finalizeMigrationDst(changes, INSTANCE, '', true),
      'Failed to finalize the migration on the source node': () =>
        finalizeMigrationSource(changes, INSTANCE, true, true),
    };
    for (const [prefix, work] of Object.entries(failures))
      expect(await messageOf(work())).to.equal(`${prefix}: broken`);
    expect(await messageOf(migrateInstance(changes, 'c', INSTANCE, '', true))).to.equal(
      'Failed to migrate instance: no migration',
    );
    expect(await messageOf(migrationStatus(changes, INSTANCE))).to.equal(
      'Failed to get migration status: no migration',
    );
  });
});

describe('InstanceChanges.resizeDisk', () => {
  const disk = { disk: DISK, devPath: '/srv/disk0' };

  it('tells a running instance', async () => {
    hypervisor.running.add(INSTANCE.name);
    await resizeDisk(changes, INSTANCE, disk);
    expect(hypervisor.journal.events).to.deep.equal(['resize /srv/disk0']);
  });

  it('has nobody to tell while it does not run', async () => {
    await resizeDisk(changes, INSTANCE, disk);
    expect(hypervisor.journal.events).to.deep.equal([]);
  });

  it('says that it failed', async () => {
    hypervisor.running.add(INSTANCE.name);
    for (const error of [new HypervisorError('busy'), new HotplugError('busy')]) {
      hypervisor.journal.fail('resize /srv/disk0', error);
      expect(await messageOf(resizeDisk(changes, INSTANCE, disk))).to.equal(
        'Failed to resize disk: busy',
      );
    }
  });
});

describe('InstanceChanges, for a hypervisor that this node does not have', () => {
  it('fails', async () => {
    const stranger = { ...INSTANCE, hypervisor: 'kvm' };
    for (const work of [
      () => balloonMemory(changes, stranger, 1),
      () => hotplugSupported(changes, stranger),
      () => migrationInfo(changes, stranger),
      () => resizeDisk(changes, stranger, { disk: DISK, devPath: '' }),
    ])
      expect((await failureOf(work())).message).to.equal("Unknown hypervisor type 'kvm'");
  });
});
