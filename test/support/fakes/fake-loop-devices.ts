import type { DiskFile } from '../../../src/system/device/disk-files.js';
import {
  type AttachedLoop,
  type LoopDevice,
  LoopDevices,
  type LoopGuess,
  type LoopOver,
} from '../../../src/system/device/loop-devices.js';
import type { FakeJobs } from './fake-disks.js';
import type { FakeMountTable } from './fake-mount-table.js';
import { Journal } from './journal.js';

/** A loop device that lives, as the kernel's do, while it is open or mounted; and those that stay until they are detached. */
export class FakeLoopDevices extends LoopDevices {
  static readonly PATH = '/dev/loop7';
  readonly attached: {
    readonly file: string;
    readonly name: string;
    readonly isReadOnly: boolean;
  }[] = [];
  readonly resized: string[] = [];
  /** What each that stays is over. */
  readonly persistent = new Map<string, string>();
  /** For `FakeDisks`. */
  readonly jobs: FakeJobs = {
    attachLoop: ({ file, ...options }) => this.attach(file, { ...options, isPersistent: true }),
    detachLoop: ({ loop }) => this.detach(loop),
    loopsAmong: ({ guesses }) => this.overAmong(guesses),
    resizeLoop: ({ path }) => void this.resized.push(path),
  };
  /** Somebody else's device over any file. */
  foreign: string | undefined;
  /** Somebody else holds our device open. */
  isHeld = false;
  /** Somebody has taken the flag from our device, so that it stays. */
  isKept = false;
  /** What an attempt to get a device fails with. */
  failure: Error | undefined;
  #isOpen = false;
  #file: string | undefined;
  #uses = 0;
  readonly #mounts: FakeMountTable;
  readonly #journal: Journal;

  constructor(mounts: FakeMountTable, journal = new Journal()) {
    super();
    this.#mounts = mounts;
    this.#journal = journal;
  }

  override async attach(
    file: string,
    {
      name,
      isReadOnly,
      isPersistent = false,
    }: { name: string; isReadOnly: boolean; isPersistent?: boolean },
  ): Promise<LoopDevice> {
    await this.#journal.note('attach loop');
    if (this.failure !== undefined) throw this.failure;
    this.attached.push({ file, name, isReadOnly });
    this.#uses += 1;
    const sequence = String(this.#uses);
    if (isPersistent) {
      const path = `/dev/loop${8 + this.persistent.size}`;
      this.persistent.set(path, file);
      return { path, sequence: '', close: () => undefined };
    }
    this.#file = file;
    this.#isOpen = true;
    return {
      path: FakeLoopDevices.PATH,
      sequence,
      close: () => {
        this.#isOpen = false;
      },
    };
  }

  override overAmong(guesses: readonly LoopGuess[]): LoopOver[] {
    const disks = guesses.flatMap(({ named }) => named);
    const paths = [FakeLoopDevices.PATH, ...this.persistent.keys()];
    return disks.flatMap((disk) =>
      paths
        .filter((path) => this.backingFile(path) === disk.path)
        .concat(disk.identity.startsWith('file') ? (this.foreign ?? []) : [])
        .map((path) => ({ path, sequence: this.sequence(path), label: '', disk })),
    );
  }

  /** All disks: `overAmong` knows which have one. */
  override mayBeOver(disks: readonly DiskFile[]): LoopGuess[] {
    return [{ path: FakeLoopDevices.PATH, file: '', named: disks, near: [], isUnsure: false }];
  }

  override isAutoclear(path: string): boolean {
    return path === FakeLoopDevices.PATH && !this.isKept;
  }

  override backingFile(path: string): string | undefined {
    if (path !== FakeLoopDevices.PATH) return this.persistent.get(path);
    return this.#lives() ? this.#file : undefined;
  }

  override detach({ path }: AttachedLoop): boolean {
    this.persistent.delete(path);
    if (path === FakeLoopDevices.PATH) this.isKept = false;
    return this.backingFile(path) === undefined;
  }

  override sequence(path: string): string {
    return path === FakeLoopDevices.PATH ? String(this.#uses) : '';
  }

  override number(path: string): string {
    return `7:${path.replace('/dev/loop', '')}`;
  }

  #lives(): boolean {
    const isMounted = this.#mounts.text.includes(` ${FakeLoopDevices.PATH} `);
    return this.#isOpen || this.isHeld || this.isKept || isMounted;
  }
}
