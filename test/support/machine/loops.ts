import { execFile } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { LoopDevices } from '../../../src/system/device/loop-devices.js';
import { ioctl } from '../../../src/system/kernel/syscalls.js';
import { eventually } from '../../../tools/kit/eventually.js';

const run = promisify(execFile);

/** From linux/loop.h. */
const LOOP_SET_STATUS64 = 0x4c04;
const LOOP_GET_STATUS64 = 0x4c05;
const LO_FLAGS_AUTOCLEAR = 4;
const LOOP_INFO_BYTES = 232;
const OFFSET_FLAGS = 52;
const OFFSET_FILE_NAME = 56;
const FILE_NAME_BYTES = 64;

/** Makes a loop device over `file`, as an administrator would; gives its path. */
export async function attachLoop(file: string, ...options: string[]): Promise<string> {
  const { stdout } = await run('losetup', ['--find', '--show', ...options, file]);
  return stdout.trim();
}

/** Frees the loop device and waits until it is: udev may have it open for a moment, and it goes with its last user. */
export async function detachLoop(device: string): Promise<void> {
  const before = backingFile(device);
  await run('losetup', ['--detach', device]);
  await eventually(() => backingFile(device) !== before);
}

function backingFile(device: string): string | undefined {
  return new LoopDevices().backingFile(device);
}

/** Size of a block device in bytes. */
export function sizeOf(device: string): number {
  return Number(readFileSync(`/sys/block/${basename(device)}/size`, 'utf8')) * 512;
}

/** Does what root in a chroot can do to any loop device: gives it another name, or takes away that it goes by itself. */
export function tamperWith(
  device: string,
  { label, isKept = false }: { label?: string; isKept?: boolean },
): void {
  const fd = openSync(device, 'r');
  try {
    const status = Buffer.alloc(LOOP_INFO_BYTES);
    ioctl(fd, LOOP_GET_STATUS64, status);
    if (label !== undefined)
      status
        .fill(0, OFFSET_FILE_NAME, OFFSET_FILE_NAME + FILE_NAME_BYTES)
        .write(label, OFFSET_FILE_NAME);
    if (isKept)
      status.writeUInt32LE(status.readUInt32LE(OFFSET_FLAGS) & ~LO_FLAGS_AUTOCLEAR, OFFSET_FLAGS);
    ioctl(fd, LOOP_SET_STATUS64, status);
  } finally {
    closeSync(fd);
  }
}

/** The loop device over the file of that name. */
export function loopOver(file: string): string {
  const devices = new LoopDevices();
  const found = devices.used().find((path) => devices.backingFile(path) === file);
  if (found === undefined) throw new Error(`no loop device is over ${file}`);
  return found;
}
