import { expect } from 'chai';
import { rmSync, statSync } from 'node:fs';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import { callJsonRpc } from '../../support/rpc-client.js';
import type { ContractNode } from './contract-node.js';
import { pathOf } from './disk-effects.js';
import type { Effects } from './effects.js';
import { scriptsIn } from './fake-machine.js';

export const INSTANCE_EFFECTS: Effects = {
  instance_start: (node, [instance]) => expectRunning(node, instance, true),
  instance_reboot: (node, [instance]) => expectRunning(node, instance, true),
  instance_shutdown: (node, [instance]) => expectRunning(node, instance, false),
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
    expect(node.ran).to.match(
      new RegExp(`ganeti:[0-9a-f]+: ${verb} ${(device as Disk).uuid}`, 'm'),
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

async function expectRunning(
  node: ContractNode,
  instance: unknown,
  isRunning: boolean,
): Promise<void> {
  const params = [['chroot'], { chroot: { init_script: '/ganeti-chroot' } }];
  const running = await callJsonRpc(node.unix, 'instance_list', params);
  expect(running).to.deep.equal(isRunning ? [(instance as Instance).name] : []);
}
