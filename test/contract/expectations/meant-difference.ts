/** Where our reply is meant to differ from Ganeti's. */
export interface MeantDifference {
  /** Files and lines below test/data. */
  readonly exchanges: readonly string[];
  /** JSON pointer into the reply; all of it when empty. */
  readonly path: '' | '/1' | `/1/${string}`;
  readonly ours: unknown;
  readonly reason: string;
}

/** What Ganeti's wire alone puts before messages that are no failures of calls. */
export const UNEXPECTED = 'Error while executing backend function:';
