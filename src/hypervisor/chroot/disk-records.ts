import { join } from 'node:path';
import { HypervisorError } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import type { DiskFile } from '../../system/device/disk-files.js';
import type { AttachedLoop } from '../../system/device/loop-devices.js';
import { makeDirectory } from '../../system/file/directories.js';
import { readIfExists, removeIfExists, writeVolatileFile } from '../../system/file/files.js';
import { checkedInstanceName } from '../instance-name.js';

/** The role of the disk that is mounted as the instance's root; that of any other is the name of its node. */
export const ROOT = '/';

/** A disk that an instance uses, or is about to use. */
export interface DiskRecord extends DiskFile {
  readonly role: string;
  /** Undefined for a block device that is mounted itself, and while it is not known yet. */
  readonly loop?: AttachedLoop;
}

/**
 * What the daemon has mounted and plugged for each instance, in one small file an instance.
 *
 * Nothing inside a chroot can write there. Each entry is written before its disk is touched, and again when its loop device
 * is known. It is only believed together with what the kernel says. Of another boot nothing is left.
 */
export class DiskRecords {
  readonly #directory: string;
  readonly #boot: string;

  /** @param boot tells this boot of the machine from all others */
  constructor({ directory, boot }: { directory: string; boot: string }) {
    this.#directory = directory;
    this.#boot = boot;
  }

  /** @throws HypervisorError naming the file when it can't be read, or is not ours */
  async read(instance: string): Promise<DiskRecord[]> {
    const path = this.#path(instance);
    return failAs(HypervisorError, `Can't read what disks are in use from ${path}`, async () => {
      const text = await readIfExists(path);
      return text === undefined ? [] : this.#parse(text, instance);
    });
  }

  /** Adds the entries, each in the place of any other of the same role. */
  async put(instance: string, ...records: readonly DiskRecord[]): Promise<void> {
    const roles = records.map(({ role }) => role);
    const others = (await this.read(instance)).filter(({ role }) => !roles.includes(role));
    await this.#write(instance, [...others, ...records]);
  }

  async remove(instance: string, role: string): Promise<void> {
    const all = await this.read(instance);
    const left = all.filter((record) => record.role !== role);
    if (left.length < all.length) await this.#write(instance, left);
  }

  /** Nothing is in use any more. */
  async clear(instance: string): Promise<void> {
    await removeIfExists(this.#path(instance));
  }

  async #write(instance: string, disks: readonly DiskRecord[]): Promise<void> {
    const path = this.#path(instance);
    await failAs(HypervisorError, `Can't write what disks are in use to ${path}`, async () => {
      await makeDirectory(this.#directory, 0o700);
      const text = JSON.stringify({ instance, boot: this.#boot, disks }, undefined, 2);
      writeVolatileFile(path, `${text}\n`);
    });
  }

  #parse(text: string, instance: string): DiskRecord[] {
    const record: unknown = JSON.parse(text);
    if (!isObject(record) || record['instance'] !== instance || !Array.isArray(record['disks']))
      throw new Error('it is no record of this instance');
    const disks: unknown[] = record['disks'];
    if (!disks.every(isDiskRecord)) throw new Error('it is no record of disks');
    return record['boot'] === this.#boot ? disks : [];
  }

  #path(instance: string): string {
    return join(this.#directory, `${checkedInstanceName(instance)}.json`);
  }
}

function isDiskRecord(value: unknown): value is DiskRecord {
  return (
    isObject(value) &&
    ['role', 'path', 'identity'].every((member) => typeof value[member] === 'string') &&
    (value['loop'] === undefined || isLoop(value['loop']))
  );
}

function isLoop(value: unknown): value is AttachedLoop {
  return (
    isObject(value) &&
    typeof value['sequence'] === 'string' &&
    typeof value['path'] === 'string' &&
    /^\/dev\/loop\d+$/.test(value['path'])
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
