import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';
import type { Disk, LogicalId } from '../../../../src/generated/objects.js';
import type { ContractNode } from '../contract-node.js';
import { scriptsIn } from '../fake-machine.js';
import type { Effects } from './effect.js';

const MIB = 1024 * 1024;

export const DISK_EFFECTS: Effects = {
  blockdev_create: (_node, [disk, sizeMiB]) => {
    expect(statSync(pathOf(disk)).size).to.equal(Number(sizeMiB) * MIB);
  },
  blockdev_remove: (_node, [disk]) => {
    expect(existsSync(pathOf(disk))).to.be.false;
  },
  blockdev_assemble: (node, [disk, , asPrimary], payload) => {
    if (asPrimary !== true) return;
    const [path, link] = payload as [string, string];
    expect(path).to.equal(pathOf(disk));
    expect(link).to.match(new RegExp(`^${node.relocated('/var/run/ganeti/instance-disks/')}`));
    expect(lstatSync(link).isSymbolicLink()).to.be.true;
  },
  // The file stays.
  blockdev_shutdown: () => undefined,
  blockdev_open: (node, [instance]) => {
    expect(lstatSync(linkOf(node, instance)).isSymbolicLink()).to.be.true;
  },
  blockdev_close: (node, [instance]) => {
    expect(existsSync(linkOf(node, instance))).to.be.false;
  },
  blockdev_grow: (node, [disk, amountMiB, isDryRun]) => {
    const { dev_type: template, size } = disk as Disk;
    if (template === 'plain')
      expect(node.ran).to.include(`lvextend -L +${Number(amountMiB) * 1024}k `);
    else
      expect(statSync(pathOf(disk)).size).to.equal(
        (size + (isDryRun === true ? 0 : Number(amountMiB))) * MIB,
      );
  },
  blockdev_rename: (node, [requests]) => {
    const [[disk, newId]] = requests as [[Disk, LogicalId]];
    if (disk.dev_type === 'plain') expect(node.ran).to.include('lvrename xenvg disk0 renamed');
    else expect([pathOf(disk), String(newId[1])].map(existsSync)).to.deep.equal([false, true]);
  },
  blockdev_setinfo: (node, [disk]) => {
    if ((disk as Disk).dev_type === 'plain')
      expect(node.ran).to.include('lvchange --addtag originstname+inst1.lab.test /dev/xenvg/disk0');
  },
  blockdev_snapshot: (node, _params, payload) => {
    const [, name] = payload as LogicalId;
    expect(node.ran).to.match(new RegExp(`lvcreate -L\\d+m -s -n${String(name)} /dev/xenvg/disk0`));
  },
  blockdev_wipe: (_node, [disk]) => {
    expect(scriptsIn(pathOf(disk))).to.deep.equal([]);
    expect(statSync(pathOf(disk)).size).to.equal((disk as Disk).size * MIB);
  },
  blockdev_image: (_node, [disk, image]) => {
    expect(readFileSync(pathOf(disk)).subarray(0, 9).toString()).to.equal(
      readFileSync(String(image), 'utf8'),
    );
  },
  blockdev_convert: (_node, [source, target]) => {
    expect(readFileSync(pathOf(target)).equals(readFileSync(pathOf(source)))).to.be.true;
  },
  file_storage_dir_create: (_node, [directory]) => {
    expect(existsSync(String(directory))).to.be.true;
  },
  file_storage_dir_remove: (_node, [directory]) => {
    expect(existsSync(String(directory))).to.be.false;
  },
  file_storage_dir_rename: (_node, directories) => {
    expect(directories.map((directory) => existsSync(String(directory)))).to.deep.equal([
      false,
      true,
    ]);
  },
  storage_modify: (node) => {
    expect(node.ran).to.include('pvchange --allocatable y /dev/sda3');
  },
  storage_execute: (node) => {
    expect(node.ran).to.include('vgreduce --removemissing xenvg');
  },
};

/** The file of a disk. */
export function pathOf(disk: unknown): string {
  return String((disk as Disk).logical_id[1]);
}

function linkOf(node: ContractNode, instance: unknown): string {
  return node.relocated(`/var/run/ganeti/instance-disks/${String(instance)}:0`);
}
