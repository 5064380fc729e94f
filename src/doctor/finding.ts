/** How a check went: `missing` keeps chroots from running, `warning` does not, or not yet. */
export type Status = 'ok' | 'warning' | 'missing';

/** What one check has found. */
export interface Finding {
  /** What was looked at, in a word or two; the same each time. */
  readonly check: string;
  readonly status: Status;
  readonly found: string;
  /** What to do about it; undefined when nothing has to be done. */
  readonly advice?: string;
}

export function ok(check: string, found: string): Finding {
  return { check, status: 'ok', found };
}

export function warning(check: string, found: string, advice: string): Finding {
  return { check, status: 'warning', found, advice };
}

export function missing(check: string, found: string, advice: string): Finding {
  return { check, status: 'missing', found, advice };
}
