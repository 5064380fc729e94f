import type { LogLine } from '../../kit/log-line.js';

/** In the name of the disk that falls silent, and in that of its instance: in all that may be waited for because of it. */
export const HANGING = 'hanging';

/** A helper was killed by somebody else than the daemon. */
const HELPER_KILLED =
  /(the helper that worked on \S+|a helper could not be started:) was ended by SIGKILL/;
const UNANSWERED = new RegExp(`no answer from \\S*/${HANGING}[./ :]`);

/** Whether a call has failed since the helper was killed that did its work, or was to do it. */
export function isHelperKilled(failure: string): boolean {
  return HELPER_KILLED.test(failure);
}

/** Whether a call has failed since the disk that falls silent has not answered. */
export function isUnanswered(failure: string): boolean {
  return UNANSWERED.test(`${failure} `);
}

/** Tells which lines of the daemon's log should not be there. */
export class LogJudge {
  /** Instances with a step that could not be undone, for such a reason. */
  readonly #notUndone = new Set<string>();

  /** What is no line of the log is an error: a warning of Node.js, for instance. */
  complaintOf(line: LogLine): string | undefined {
    if (line.level === 'stderr') return line.message;
    return line.level === 'error' && !this.#isExcused(line) ? JSON.stringify(line) : undefined;
  }

  /** What a call that has failed can't undo is left to the next call, which must not fail. */
  #isExcused(line: LogLine): boolean {
    if (line.message !== 'undo failed') return false;
    const [instance, reason] = [String(line['instance']), String(line['reason'])];
    if (isHelperKilled(reason) || isUnanswered(reason)) {
      this.#notUndone.add(instance);
      return true;
    }
    // The directory of an instance whose disk is still mounted there.
    return /^EBUSY: .* rmdir /.test(reason) && this.#notUndone.delete(instance);
  }
}
