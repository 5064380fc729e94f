import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { HotplugError, HypervisorError, RpcFailure } from '../../../src/base/errors.js';
import type { Instance } from '../../../src/generated/objects.js';
import type { FoundDisk, HotplugChange } from '../../../src/hypervisor/hypervisor.js';
import { HypervisorRegistry } from '../../../src/hypervisor/registry.js';
import { InstanceChanges } from '../../../src/instance/changes.js';
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
let changes: InstanceChanges;
let logged: ReturnType<typeof recordingLogger>;
beforeEach(() => {
  hypervisor = new ChangingHypervisor();
  logged = recordingLogger();
  changes = changesWith(hypervisor);
});

function changesWith(one: FakeHypervisor): InstanceChanges {
  return new InstanceChanges({
    hypervisors: new HypervisorRegistry([one]),
    logger: logged.logger,
  });
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await failureOf(work);
  expect(error).to.be.instanceOf(RpcFailure);
  return error.message;
}

describe('InstanceChanges.balloonMemory', () => {
  it('asks the hypervisor of a running instance', async () => {
    hypervisor.running.add(INSTANCE.name);
    await changes.balloonMemory(INSTANCE, 32);
    expect(hypervisor.journal.events).to.deep.equal(['list', 'balloon to 32']);
  });

  it('does nothing for one that does not run, and logs that', async () => {
    await changes.balloonMemory(INSTANCE, 32);
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
    expect(await messageOf(changes.balloonMemory(INSTANCE, 32))).to.equal(
      'Failed to balloon instance memory: too much',
    );
  });
});

describe('InstanceChanges.hotplugDevice', () => {
  it('hands the change to what the hypervisor has for the action', async () => {
    const expected = { hotadd: 'added', hotremove: 'removed', hotmod: 'changed' } as const;
    for (const action of ['hotadd', 'hotremove', 'hotmod'] as const) {
      await changes.hotplugDevice(INSTANCE, { ...REQUEST, action });
      expect(hypervisor.changes.at(-1)).to.deep.equal([expected[action], CHANGE]);
    }
  });

  it('says so when the hypervisor does not support it', async () => {
    const asking = changesWith(new FakeHypervisor()).hotplugDevice(INSTANCE, REQUEST);
    expect(await messageOf(asking)).to.equal('Hotplug is not supported: Hotplug is not supported.');
  });

  it('passes on the failure of the change itself', async () => {
    hypervisor.hotAddDevice = () => Promise.reject(new HotplugError('no slot'));
    const error = await failureOf(changes.hotplugDevice(INSTANCE, REQUEST));
    expect(error).to.be.instanceOf(HotplugError);
    expect(error.message).to.equal('no slot');
  });
});

describe('InstanceChanges.hotplugSupported', () => {
  it("says in Ganeti's words that it is not", async () => {
    const error = await failureOf(changes.hotplugSupported(INSTANCE));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error).to.have.property('kind', 'hotplug');
    expect(error.message).to.equal(
      'Hotplug is not supported: Hotplug is not supported by this hypervisor',
    );
  });
});

describe('InstanceChanges, migration', () => {
  it('has nothing to do by default', async () => {
    expect(await changes.migrationInfo(INSTANCE)).to.equal('');
    await changes.accept(INSTANCE, '', '10.0.0.1');
    await changes.finalizeMigrationDst(INSTANCE, '', true);
    await changes.finalizeMigrationSource(INSTANCE, true, true);
  });

  it("fails in Ganeti's words", async () => {
    hypervisor.isBroken = true;
    const failures: Readonly<Record<string, () => Promise<unknown>>> = {
      'Failed to fetch migration information': () => changes.migrationInfo(INSTANCE),
      'Failed to accept instance': () => changes.accept(INSTANCE, '', ''),
      'Failed to finalize migration on the target node': () =>
        changes.finalizeMigrationDst(INSTANCE, '', true),
      'Failed to finalize the migration on the source node': () =>
        changes.finalizeMigrationSource(INSTANCE, true, true),
    };
    for (const [prefix, work] of Object.entries(failures))
      expect(await messageOf(work())).to.equal(`${prefix}: broken`);
    expect(await messageOf(changes.migrate('c', INSTANCE, '', true))).to.equal(
      'Failed to migrate instance: no migration',
    );
    expect(await messageOf(changes.migrationStatus(INSTANCE))).to.equal(
      'Failed to get migration status: no migration',
    );
  });
});

describe('InstanceChanges.resizeDisk', () => {
  const disk = { disk: DISK, devPath: '/srv/disk0' };

  it('tells a running instance', async () => {
    hypervisor.running.add(INSTANCE.name);
    await changes.resizeDisk(INSTANCE, disk);
    expect(hypervisor.journal.events).to.deep.equal(['resize /srv/disk0']);
  });

  it('has nobody to tell while it does not run', async () => {
    await changes.resizeDisk(INSTANCE, disk);
    expect(hypervisor.journal.events).to.deep.equal([]);
  });

  it('says that it failed', async () => {
    hypervisor.running.add(INSTANCE.name);
    for (const error of [new HypervisorError('busy'), new HotplugError('busy')]) {
      hypervisor.journal.fail('resize /srv/disk0', error);
      expect(await messageOf(changes.resizeDisk(INSTANCE, disk))).to.equal(
        'Failed to resize disk: busy',
      );
    }
  });
});

describe('InstanceChanges, for a hypervisor that this node does not have', () => {
  it('fails', async () => {
    const stranger = { ...INSTANCE, hypervisor: 'kvm' };
    for (const work of [
      () => changes.balloonMemory(stranger, 1),
      () => changes.hotplugSupported(stranger),
      () => changes.migrationInfo(stranger),
      () => changes.resizeDisk(stranger, { disk: DISK, devPath: '' }),
    ])
      expect((await failureOf(work())).message).to.equal("Unknown hypervisor type 'kvm'");
  });
});
