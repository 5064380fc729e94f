import { ignoringNow } from '../../base/errno.js';

/** How long a killed program may take to end. One that waits for a disk that hangs does not end before the disk goes on. */
const KILL_GRACE_MS = 5_000;

/** The time limit of a program. */
export interface TimeLimit {
  /** Resolves when the program has been killed and has not ended for all that. */
  readonly inVain: Promise<undefined>;
  isOver(): boolean;
  /** The program has ended: another process may get its number. */
  lift(): void;
}

/** Kills the process group of a program that takes too long; there may be no program. */
export function killAfter(pid: number | undefined, timeoutMs: number): TimeLimit {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const inVain = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      isOver = true;
      // It may have ended by itself just now.
      if (pid !== undefined) ignoringNow(['ESRCH'], () => process.kill(-pid, 'SIGKILL'));
      timer = setTimeout(resolve, KILL_GRACE_MS, undefined);
    }, timeoutMs);
  });
  return {
    inVain,
    isOver: () => isOver,
    lift: () => {
      clearTimeout(timer);
    },
  };
}
