import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { LoopDevices } from '../../../src/system/device/loop-devices.js';
import { eventually } from '../../../tools/kit/eventually.js';

const run = promisify(execFile);

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
