import { endOf, type ProcessEnd } from '../kernel/spawn.js';

/** Whom to tell of the end of each child. There is one list, as there is one signal for all of them. */
const waiting = new Map<number, (end: ProcessEnd) => void>();

/** Resolves when the child has ended that `spawnProcess` has made; to be called once for each. */
export function whenEnded(pid: number): Promise<ProcessEnd> {
  if (waiting.size === 0) process.on('SIGCHLD', lookAtAll);
  return new Promise((resolve) => {
    waiting.set(pid, resolve);
    // It may have ended before anybody listened.
    look(pid, resolve);
  });
}

/** Node.js itself asks for its own children only, each by its number. */
function lookAtAll(): void {
  for (const [pid, tell] of waiting) look(pid, tell);
}

function look(pid: number, tell: (end: ProcessEnd) => void): void {
  const end = endOf(pid);
  if (end === undefined) return;
  waiting.delete(pid);
  if (waiting.size === 0) process.off('SIGCHLD', lookAtAll);
  tell(end);
}
