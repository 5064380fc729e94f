import { open } from 'node:fs/promises';
import { tryLock } from '../kernel/syscalls.js';
import { removeIfExists } from './files.js';

/** The file that says which process is the daemon, locked while it lives (Ganeti: utils.WritePidFile). */
export interface PidFile {
  /** Removes the file. */
  release(): Promise<void>;
}

/** @throws Error when another process holds the file */
export async function writePidFile(path: string): Promise<PidFile> {
  const file = await open(path, 'a', 0o644);
  try {
    if (!tryLock(file.fd)) throw new Error(`Another node daemon is running: ${path} is locked`);
    await file.truncate();
    await file.write(`${process.pid}\n`);
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    release: async () => {
      await removeIfExists(path);
      await file.close();
    },
  };
}
