import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Refuses to go on anywhere but on a throw-away host (see the script of that name): what follows removes directories of
 * the system, and asks for things that wreck a node.
 */
export function refuseOutside(): void {
  const root = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[4] === '/');
  const isThrownAway =
    root?.includes(' - overlay overlay ') && root.includes('upperdir=/mnt/upper');
  if (!isThrownAway || hostname() !== 'node1.fuzz.test' || process.ppid !== 1)
    throw new Error('this is no throw-away host: nothing is done here');
}
