import { realpath } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { RpcFailure } from '../../base/errors.js';
import { failAs } from '../../base/translate.js';
import { localPath } from '../../ganeti/virtual-paths.js';
import { renamePath } from '../../system/file/changes.js';
import { withFileLock } from '../../system/file/file-lock.js';
import { readIfExists, removeIfExists, replaceFile } from '../../system/file/files.js';
import { decodedContent, type EncodedContent } from './encoded-content.js';
import { makeQueueDirectory, type QueueOwner, removeFiles } from './job-queue-directories.js';
import { failWhenLocked } from './lock-failure.js';

/** Ganeti: constants.JOB_QUEUE_VERSION */
const QUEUE_VERSION = 1;
/** Ganeti: constants.JOB_QUEUE_FILES_PERMS */
const FILE_MODE = 0o640;
/** Ganeti: noded._RequireJobQueueLock */
const LOCK_TIMEOUT_MS = 10_000;

const LOCK_FILE = 'lock';
const ARCHIVE = 'archive';
/** `serial`, `job-96`, `archive/0/job-96`. */
const FILE_PATTERN = /^(?:archive\/[0-9]+\/)?[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

export interface JobQueueParts {
  /** Absolute. */
  readonly directory: string;
  readonly nodeRoot: string | undefined;
  readonly owner: QueueOwner;
  readonly lockTimeoutMs?: number;
}

/**
 * This node's copy of the master's job queue. Everything happens under the lock that Ganeti's other programs take, too.
 *
 * Deviation: only what is named like a file of the queue can be written or renamed, and neither its lock nor its archive
 * can; Ganeti takes any path below the queue's directory.
 */
export class JobQueue {
  readonly #parts: JobQueueParts;
  #isVerified = false;

  constructor(parts: JobQueueParts) {
    this.#parts = parts;
  }

  /** Makes the queue's files if there are none: the master reads them before its first call (Ganeti: noded.PrepNoded). */
  async prepare(): Promise<void> {
    await this.#locked(() => Promise.resolve());
  }

  /** Writes one file (Ganeti: backend.JobQueueUpdate). */
  async update(fileName: string, content: EncodedContent): Promise<void> {
    const path = this.#checkedPath(fileName);
    await this.#locked(() =>
      failAs(RpcFailure, `Can't write job queue file '${path}'`, async () => {
        await this.#checkDirectory(path);
        await this.#write(path, decodedContent(content));
      }),
    );
  }

  /** Renames files in order, and makes the directories that it takes (Ganeti: backend.JobQueueRename). */
  async rename(pairs: readonly (readonly [old: string, new_: string])[]): Promise<null[]> {
    const renames = pairs.map((pair) => pair.map((name) => this.#checkedPath(name)));
    return this.#locked(async () => {
      for (const [old = '', target = ''] of renames) await this.#renameOne(old, target);
      return renames.map(() => null);
    });
  }

  /**
   * Removes all files of the queue, its lock only when the node leaves its cluster (Ganeti: backend.JobQueuePurge).
   *
   * Deviation: Ganeti leaves the lock then, too, and refuses to make a cluster where there is one.
   *
   * Deviation: archived jobs are removed as well, as Ganeti says it does; it overlooks that they lie one directory deeper.
   */
  async purge({ withLock = false } = {}): Promise<void> {
    await this.#locked(async () => {
      await removeFiles(this.#parts.directory, { except: withLock ? [] : [LOCK_FILE] });
      await removeFiles(join(this.#parts.directory, ARCHIVE), { alsoInside: /^[0-9]+$/ });
      this.#isVerified = false;
    });
  }

  /** Whether new jobs are refused (Ganeti: jstore.SetDrainFlag). */
  async setDrainFlag(isDrained: boolean): Promise<void> {
    const path = join(this.#parts.directory, 'drain');
    await this.#locked(async () => {
      if (isDrained) await this.#write(path, '');
      else await removeIfExists(path);
    });
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    await makeQueueDirectory(this.#parts.directory, this.#parts.owner);
    const { lockTimeoutMs: timeoutMs = LOCK_TIMEOUT_MS } = this.#parts;
    const options = { timeoutMs, mode: FILE_MODE, owner: this.#parts.owner };
    return failAs(RpcFailure, `Can't use job queue '${this.#parts.directory}'`, () =>
      failWhenLocked(() =>
        withFileLock(join(this.#parts.directory, LOCK_FILE), options, async () => {
          await this.#verify();
          return work();
        }),
      ),
    );
  }

  async #write(path: string, data: string | AsyncIterable<Uint8Array>): Promise<void> {
    await replaceFile(path, data, { mode: FILE_MODE, owner: await this.#parts.owner() });
  }

  /** Ganeti: jstore.InitAndVerifyQueue */
  async #verify(): Promise<void> {
    if (this.#isVerified) return;
    for (const [name, text] of [
      ['version', `${QUEUE_VERSION}\n`],
      ['serial', '0\n'],
    ] as const) {
      const path = join(this.#parts.directory, name);
      if ((await readIfExists(path)) === undefined) await this.#write(path, text);
    }
    const version = (await readIfExists(join(this.#parts.directory, 'version')))?.trim() ?? '';
    if (version !== String(QUEUE_VERSION))
      throw new RpcFailure(`Found job queue version ${version}, expected ${QUEUE_VERSION}`);
    this.#isVerified = true;
  }

  /** Ganeti: backend._EnsureJobQueueFile */
  #checkedPath(fileName: string): string {
    const path = localPath(this.#parts.nodeRoot, fileName);
    const prefix = `${this.#parts.directory}/`;
    const name = path.slice(prefix.length);
    const isInside = path.startsWith(prefix) && normalize(path) === path && FILE_PATTERN.test(name);
    if (isInside && name !== LOCK_FILE && name !== ARCHIVE) return path;
    throw new RpcFailure(
      `Passed job queue file '${fileName}' does not belong to the queue directory '${this.#parts.directory}'`,
    );
  }

  async #renameOne(old: string, target: string): Promise<void> {
    await failAs(RpcFailure, `Can't rename job queue file '${old}' to '${target}'`, async () => {
      await makeQueueDirectory(join(this.#parts.directory, ARCHIVE), this.#parts.owner);
      await makeQueueDirectory(dirname(target), this.#parts.owner);
      await this.#checkDirectory(old);
      await this.#checkDirectory(target);
      await renamePath(old, target);
    });
  }

  /** A directory of the archive could be a link to anywhere. */
  async #checkDirectory(path: string): Promise<void> {
    const directory = dirname(path);
    if (directory === this.#parts.directory) return;
    const expected = join(
      await realpath(this.#parts.directory),
      directory.slice(this.#parts.directory.length),
    );
    if ((await realpath(directory)) !== expected)
      throw new RpcFailure(`'${directory}' leads out of the job queue`);
  }
}
