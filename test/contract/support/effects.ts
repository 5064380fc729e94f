import { expect } from 'chai';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Disk, Instance } from '../../../src/generated/objects.js';
import { callJsonRpc } from '../../support/rpc-client.js';
import type { ContractNode } from './contract-node.js';

const MIB = 1024 * 1024;

type Effect = (node: ContractNode, params: readonly unknown[]) => Promise<void> | void;

/** What must be true after a call that went well: most say nothing themselves. */
export const EFFECTS: Readonly<Record<string, Effect>> = {
  instance_start: (node, [instance]) => expectRunning(node, instance, true),
  instance_reboot: (node, [instance]) => expectRunning(node, instance, true),
  instance_shutdown: (node, [instance]) => expectRunning(node, instance, false),
  instance_os_add: (_node, [instance]) => {
    const [disk] = (instance as Instance).disks_info;
    expect(readFileSync(pathOf(disk)).toString()).to.match(/^\/ganeti-chroot\n/);
  },
  blockdev_create: (_node, [disk, sizeMiB]) => {
    expect(statSync(pathOf(disk)).size).to.equal(Number(sizeMiB) * MIB);
  },
  blockdev_remove: (_node, [disk]) => {
    expect(existsSync(pathOf(disk))).to.be.false;
  },
  file_storage_dir_create: (_node, [folder]) => {
    expect(existsSync(String(folder))).to.be.true;
  },
  file_storage_dir_remove: (_node, [folder]) => {
    expect(existsSync(String(folder))).to.be.false;
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

function pathOf(disk: unknown): string {
  return String((disk as Disk).logical_id[1]);
}
