import { rmSync, statSync } from 'node:fs';
import { expect } from 'chai';
import type { Disk, Instance } from '../../../../src/generated/objects.js';
import { callJsonRpc } from '../../../../tools/kit/rpc-client.js';
import type { ContractNode } from '../contract-node.js';
import { scriptsIn } from '../fake-machine.js';
import { pathOf } from './disk-effects.js';
import type { Effects } from './effect.js';

export const INSTANCE_EFFECTS: Effects = {
  instance_start: (node, [instance]) => expectRunning(node, instance, true),
  instance_reboot: (node, [instance]) => expectRunning(node, instance, true),
  instance_shutdown: (node, [instance]) => expectRunning(node, instance, false),
  // A chroot's memory is the node's, and chroots do not migrate.
  instance_balloon_memory: (node, [instance, memory]) => {
    const before = node.fakeInstance((instance as Instance).name);
    if (before !== undefined) expect(before).to.equal(`0\n${String(memory)}\n1\n`);
  },
  instance_finalize_migration_dst: (node, [instance, , isSuccess]) =>
    isFake(instance) ? expectRunning(node, instance, isSuccess === true) : undefined,
  instance_finalize_migration_src: (node, [instance, isSuccess]) =>
    isFake(instance) ? expectRunning(node, instance, isSuccess !== true) : undefined,
  instance_os_add: (_node, [instance]) => {
    const [disk] = (instance as Instance).disks_info;
    expect(scriptsIn(pathOf(disk))).to.deep.equal(['/ganeti-chroot']);
  },
  instance_run_rename: (node) => {
    expect(node.ran).to.match(/\/os\/busybox\/rename$/m);
  },
  instance_metadata_modify: (node, [instance]) => {
    expect(node.toldMetadata).to.deep.equal([instance]);
  },
  hotplug_device: (node, [, action, target, device]) => {
    if (target !== 'disk') return;
    const verb = action === 'hotadd' ? 'show' : 'hide';
    expect(node.nodeChanges.join('\n')).to.match(
      new RegExp(`^ganeti:[0-9a-f]+: ${verb} ${(device as Disk).uuid}$`, 'm'),
    );
  },
  resize_disk: (node, [instance, disk]) => {
    const isRunning = node.isMounted((instance as Instance).name);
    expect(node.resized).to.have.lengthOf(isRunning ? 1 : 0);
    expect(statSync(pathOf(disk)).isFile()).to.be.true;
  },
  // The package is the master's to remove.
  os_export: (node, _params, path) => {
    expect(statSync(String(path)).mode & 0o777).to.equal(0o600);
    rmSync(String(path));
    expect(node.ran).to.include(`tar --dereference -czf ${String(path)} `);
  },
};

function isFake(instance: unknown): boolean {
  return (instance as Instance).hypervisor === 'fake';
}

async function expectRunning(
  node: ContractNode,
  instance: unknown,
  isRunning: boolean,
): Promise<void> {
  const { name, hypervisor, hvparams, beparams } = instance as Instance;
  const running = await callJsonRpc(node.unix, 'instance_list', [
    [hypervisor],
    { [hypervisor]: hvparams },
  ]);
  expect(running).to.deep.equal(isRunning ? [name] : []);
  if (isRunning && isFake(instance))
    expect(node.fakeInstance(name)).to.equal(
      `0\n${beparams.maxmem ?? 0}\n${beparams.vcpus ?? 0}\n`,
    );
}
