import type { Whose } from '../../../src/system/proc/ownership.js';
import type { Holders } from '../../../src/system/proc/process-holders.js';
import type { ProcessUse, Signalled, Stray } from '../../../src/system/proc/process-scan.js';
import type { ProcessDoor } from '../../../src/system/proc/processes.js';
import { Journal } from './journal.js';

/** Processes that only exist in memory: who has which root. */
export class FakeProcesses implements ProcessDoor {
  readonly users = new Map<string, ProcessUse[]>();
  /** Who is found where the signalled are, and is none of them. */
  readonly strays: Stray[] = [];
  /** Who keeps which root busy. */
  readonly holders = new Map<string, Holders>();
  /** Signals that end nobody. */
  readonly ignored = new Set<NodeJS.Signals>();
  readonly signals: { readonly whose: Whose; readonly signal: NodeJS.Signals }[] = [];
  /** The roots that were asked about, one list a pass. */
  readonly passes: (readonly string[])[] = [];
  readonly #journal: Journal;

  constructor(journal = new Journal()) {
    this.#journal = journal;
  }

  usersOf(roots: readonly string[]): Promise<Map<string, ProcessUse[]>> {
    this.passes.push(roots);
    return Promise.resolve(new Map(roots.map((root) => [root, this.users.get(root) ?? []])));
  }

  async signal(whose: Whose, signal: NodeJS.Signals): Promise<Signalled> {
    await this.#journal.note(`signal ${signal}`);
    this.signals.push({ whose, signal });
    const signalled = this.users.get(whose.root ?? '') ?? [];
    if (!this.ignored.has(signal)) this.users.delete(whose.root ?? '');
    return { signalled, strays: this.strays };
  }

  holdersOf(root: string): Promise<Holders> {
    return Promise.resolve(this.holders.get(root) ?? { holders: [], untold: [] });
  }
}
