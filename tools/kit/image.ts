import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const APPLETS = [
  'sh',
  'sleep',
  'echo',
  'cat',
  'ls',
  'mount',
  'umount',
  'kill',
  'mkdir',
  'mknod',
  'ps',
  'ln',
  'rm',
  'yes',
  'true',
  'setsid',
  'env',
  'touch',
  'mv',
  'cp',
  'dd',
  'head',
  'seq',
  'wc',
  'mkfifo',
  'sync',
  'chroot',
  'unshare',
  'pivot_root',
  'nice',
];

/** A script that starts one daemon and stops it again. */
export const PLAIN_SCRIPT = `#!/bin/sh
case $1 in
  start) sleep 100000 </dev/null >/dev/null 2>&1 & echo $! >/tmp/pid ;;
  stop) kill "$(cat /tmp/pid)" ;;
esac
`;

export interface ImageOptions {
  /** Text of /ganeti-chroot; none for an image without one. */
  readonly script?: string | undefined;
  readonly sizeMiB?: number;
  /** Changes the tree before the image is made of it. */
  readonly prepare?: (tree: string) => Promise<void>;
}

/** Makes an ext4 image of a chroot with busybox in it; nothing is mounted for that. */
export async function makeImage(
  path: string,
  { script = PLAIN_SCRIPT, sizeMiB = 8, prepare }: ImageOptions = {},
): Promise<void> {
  const tree = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    await populate(tree, script);
    await prepare?.(tree);
    await mkdir(dirname(path), { recursive: true });
    await run('mkfs.ext4', [
      '-q',
      '-F',
      '-m',
      '0',
      '-O',
      '^has_journal',
      '-d',
      tree,
      path,
      `${sizeMiB}m`,
    ]);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

async function populate(tree: string, script: string): Promise<void> {
  for (const directory of ['bin', 'dev', 'proc', 'tmp', 'mnt']) await mkdir(join(tree, directory));
  await copyFile('/bin/busybox', join(tree, 'bin/busybox'));
  for (const applet of APPLETS) await symlink('busybox', join(tree, 'bin', applet));
  await run('mknod', ['-m', '666', join(tree, 'dev/null'), 'c', '1', '3']);
  await writeFile(join(tree, 'ganeti-chroot'), script);
  await chmod(join(tree, 'ganeti-chroot'), 0o755);
}
