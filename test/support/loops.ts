import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

const run = promisify(execFile);

/** Makes a loop device over `file`, as an administrator would; gives its path. */
export async function attachLoop(file: string, ...options: string[]): Promise<string> {
  const { stdout } = await run('losetup', ['--find', '--show', ...options, file]);
  return stdout.trim();
}

/** Frees the loop device and waits until it is free. */
export async function detachLoop(device: string): Promise<void> {
  await run('losetup', ['--detach', device]);
  await eventually(() => sizeOf(device) === 0);
}

/** Size of a block device in bytes. */
export function sizeOf(device: string): number {
  return Number(readFileSync(`/sys/block/${basename(device)}/size`, 'utf8')) * 512;
}
