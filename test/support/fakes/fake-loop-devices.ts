import { type LoopDevice, LoopDevices } from '../../../src/system/device/loop-devices.js';
import type { FakeMountTable } from './fake-mount-table.js';
import { Journal } from './journal.js';

/** A loop device that lives, as the kernel's do, while it is open or mounted. */
export class FakeLoopDevices extends LoopDevices {
  static readonly PATH = '/dev/loop7';
  readonly attached: {
    readonly file: string;
    readonly name: string;
    readonly isReadOnly: boolean;
  }[] = [];
  readonly resized: string[] = [];
  /** Somebody else's device over any file. */
  foreign: string | undefined;
  /** Somebody else holds our device open. */
  isHeld = false;
  /** What an attempt to get a device fails with. */
  failure: Error | undefined;
  #isOpen = false;
  #file: string | undefined;
  readonly #mounts: FakeMountTable;
  readonly #journal: Journal;

  constructor(mounts: FakeMountTable, journal = new Journal()) {
    super();
    this.#mounts = mounts;
    this.#journal = journal;
  }

  override async attach(
    file: string,
    options: { name: string; isReadOnly: boolean },
  ): Promise<LoopDevice> {
    await this.#journal.note('attach loop');
    if (this.failure !== undefined) throw this.failure;
    this.attached.push({ file, ...options });
    this.#file = file;
    this.#isOpen = true;
    return {
      path: FakeLoopDevices.PATH,
      close: () => {
        this.#isOpen = false;
      },
    };
  }

  override over(file: string): Promise<string[]> {
    const own = this.backingFile(FakeLoopDevices.PATH) === file ? FakeLoopDevices.PATH : undefined;
    return Promise.resolve([this.foreign, own].filter((path) => path !== undefined));
  }

  override resize(path: string): void {
    this.resized.push(path);
  }

  override isAutoclear(path: string): boolean {
    return path === FakeLoopDevices.PATH;
  }

  override backingFile(path: string): string | undefined {
    return path === FakeLoopDevices.PATH && this.#lives() ? this.#file : undefined;
  }

  #lives(): boolean {
    const isMounted = this.#mounts.text.includes(` ${FakeLoopDevices.PATH} `);
    return this.#isOpen || this.isHeld || isMounted;
  }
}
