import { readFileSync, writeFileSync } from 'node:fs';
import { errorCode } from '../../base/errno.js';

/** What every program we start sees of our environment: nothing but this. */
export const CLEAN_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
};

/**
 * What a login has. Deviation: Ganeti's daemon has 077 in the background and any in the foreground, and instances inherit
 * it. Who makes a file that is not for all says so where it is made.
 */
export const PLAIN_UMASK = 0o022;

/**
 * Shell code that gives the limit of open files back its usual value.
 *
 * Node.js raises its own soft limit to the hard one, and what it starts inherits that: programs which go through all
 * descriptors that they may have, or use select(2), do not expect half a million. Who needs more can still ask for it.
 */
export const PLAIN_FILE_LIMIT = `
# Where even the hard limit is lower it fails, and the soft one is lower, too.
ulimit -S -n 1024 2>/dev/null
`;

const OOM_SCORE_FILE = '/proc/self/oom_score_adj';
const PLAIN_OOM_SCORE = '0';

/**
 * Runs `start`, which makes a process before it returns, in such a way that this process counts like any other when the
 * kernel runs out of memory. We may be protected then; what we start must not be, or others would be ended for it.
 *
 * A process inherits the score that its maker has at that moment, and Node.js runs nothing of ours in between.
 */
export function withPlainOomScore<T>(start: () => T): T {
  const own = readFileSync(OOM_SCORE_FILE, 'latin1').trim();
  if (own === PLAIN_OOM_SCORE || !setOomScore(PLAIN_OOM_SCORE)) return start();
  try {
    return start();
  } finally {
    setOomScore(own);
  }
}

/** @returns false where somebody has decided otherwise who may, and we may not (a container without CAP_SYS_RESOURCE) */
function setOomScore(score: string): boolean {
  try {
    writeFileSync(OOM_SCORE_FILE, score);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error;
    return false;
  }
}
