import type { LoopDevices } from '../device/loop-devices.js';
import { type Store, Stores } from '../disk/stores.js';
import type { MountTable } from '../proc/mount-table.js';
import { type HelperDoor } from './helpers.js';
import type { JobParams, JobResult } from './job-table.js';
import { JOBS } from './jobs.js';

type Jobs = typeof JOBS;
type JobName = keyof Jobs;

/** Work on disks, none of which can keep this process waiting. Tests pass a fake. */
export interface DiskDoor {
  /**
   * Does a job on what is at `path`: here if that is on a file system of this machine, or else by a helper.
   *
   * @throws what the job fails with; or HelperError
   */
  run<N extends JobName>(
    name: N,
    params: JobParams<Jobs, N>,
    path: string,
  ): Promise<JobResult<Jobs, N>>;
  /**
   * Has a helper do a job on the disk or device `path`, wherever that is.
   *
   * @param options `timeoutMs` where it may take less than other jobs
   * @throws likewise
   */
  delegate<N extends JobName>(
    name: N,
    params: JobParams<Jobs, N>,
    path: string,
    options?: { timeoutMs?: number },
  ): Promise<JobResult<Jobs, N>>;
  /**
   * Has a helper do a job on the directory `root` of a chroot.
   *
   * @throws likewise
   */
  delegateAt<N extends JobName>(
    name: N,
    params: JobParams<Jobs, N>,
    root: string,
  ): Promise<JobResult<Jobs, N>>;
}

/** Chooses who does a job, and says for what it may have to wait. */
export class DiskJobs implements DiskDoor {
  readonly #helpers: HelperDoor;
  readonly #timeoutMs: number;
  readonly #stores: Stores;

  /** @param timeoutMs for a job */
  constructor({
    helpers,
    timeoutMs,
    table,
    loopDevices,
  }: {
    helpers: HelperDoor;
    timeoutMs: number;
    table: Pick<MountTable, 'read'>;
    loopDevices: Pick<LoopDevices, 'backingFile'>;
  }) {
    this.#helpers = helpers;
    this.#timeoutMs = timeoutMs;
    this.#stores = new Stores({ table, loopDevices });
  }

  async run<N extends JobName>(
    name: N,
    params: JobParams<Jobs, N>,
    path: string,
  ): Promise<JobResult<Jobs, N>> {
    const store = await this.#stores.of(path);
    if (store.isLocal) return (await JOBS[name](params as never)) as JobResult<Jobs, N>;
    // Whether a file system answers is a question to all of it.
    return this.#helped(name, params, store.name, store);
  }

  async delegate<N extends JobName>(
    name: N,
    params: JobParams<Jobs, N>,
    path: string,
    { timeoutMs = this.#timeoutMs }: { timeoutMs?: number } = {},
  ): Promise<JobResult<Jobs, N>> {
    return this.#helped(name, params, path, await this.#stores.of(path), timeoutMs);
  }

  async delegateAt<N extends JobName>(
    name: N,
    params: JobParams<Jobs, N>,
    root: string,
  ): Promise<JobResult<Jobs, N>> {
    return this.#helped(name, params, root, await this.#stores.ofRoot(root));
  }

  #helped<N extends JobName>(
    name: N,
    params: JobParams<Jobs, N>,
    waitsFor: string,
    { name: store }: Store,
    timeoutMs = this.#timeoutMs,
  ): Promise<JobResult<Jobs, N>> {
    return this.#helpers.run(name, params, { waitsFor, store, timeoutMs });
  }
}
