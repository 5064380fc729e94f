import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { HypervisorError } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import { makeDirectory } from '../../system/file/directories.js';
import { removeIfExists, TEMPORARY_NAME, writeFileAtomically } from '../../system/file/files.js';
import { checkedInstanceName, isInstanceName } from '../instance-name.js';

/** Ganeti: constants.RUN_DIRS_MODE. */
const DIRECTORY_MODE = 0o775;
const FILE_MODE = 0o644;
/** A file holds an id and two numbers. */
const FILE_BYTES = 256;
/** Ganeti: FakeHypervisor._MarkUp. All instances have the same. */
const ID = 0;

/** What the file of an instance says. */
export interface InstanceFile {
  readonly id: number;
  readonly memoryMiB: number;
  readonly vcpus: number;
}

/**
 * The instances of the fake hypervisor: a file each, for as long as the instance runs. They have the format of Ganeti's,
 * so that either daemon finds the instances of the other.
 */
export class InstanceFiles {
  readonly directory: string;

  /** @param directory Ganeti: FakeHypervisor._ROOT_DIR */
  constructor(directory: string) {
    this.directory = directory;
  }

  async exists(): Promise<boolean> {
    return (await ignoring(['ENOENT', 'ENOTDIR'], stat(this.directory))) !== undefined;
  }

  /**
   * Names of the instances that run.
   *
   * Deviation: Ganeti takes whatever is in the directory for an instance; our own temporary files and names that no
   * instance can have are left out.
   */
  async names(): Promise<string[]> {
    const entries = (await ignoring(['ENOENT'], readdir(this.directory))) ?? [];
    return entries.filter((name) => isInstanceName(name) && !TEMPORARY_NAME.test(name));
  }

  /**
   * Undefined when the instance does not run.
   *
   * Deviation: what is no number counts as 0, as in a file that is not written yet: the instance runs, and can be stopped.
   * Ganeti sends the text on in the place of a number, and fails when it adds that up.
   *
   * @throws HypervisorError when the file can't be read
   */
  async read(name: string): Promise<InstanceFile | undefined> {
    const text = await failAs(HypervisorError, `Failed to list instance ${name}`, () =>
      readStart(this.#path(name)),
    );
    if (text === undefined) return undefined;
    const [, memory, vcpus] = text.split('\n');
    return { id: ID, memoryMiB: numberIn(memory), vcpus: numberIn(vcpus) };
  }

  /**
   * Makes the instance run, in the place of what it was before (Ganeti: FakeHypervisor._MarkUp).
   *
   * Deviation: Ganeti writes the file in place, and a reader may find half of it.
   */
  async write(name: string, memoryMiB: number, vcpus: number): Promise<void> {
    const path = this.#path(name);
    await makeDirectory(this.directory, DIRECTORY_MODE);
    await writeFileAtomically(path, `${ID}\n${memoryMiB}\n${vcpus}\n`, FILE_MODE);
  }

  /** Nothing happens when it does not run (Ganeti: FakeHypervisor._MarkDown). */
  async remove(name: string): Promise<void> {
    await removeIfExists(this.#path(name));
  }

  #path(name: string): string {
    return join(this.directory, checkedInstanceName(name));
  }
}

/** Undefined when there is no such file. */
async function readStart(path: string): Promise<string | undefined> {
  const file = await ignoring(['ENOENT'], open(path, 'r'));
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FILE_BYTES), 0, FILE_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function numberIn(line = ''): number {
  return /^\s*\d{1,15}\s*$/.test(line) ? Number(line) : 0;
}
