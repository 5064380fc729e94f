import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestNode } from '../node/test-node.js';

/** Its program goes on writing to where the script wrote, with the help of one program after the other. */
export const CHATTY_SCRIPT = `#!/bin/sh
case $1 in
  start) { while echo tick; do sleep 0.1; done; } & echo $! >/tmp/pid ;;
  stop) kill "$(cat /tmp/pid)" ;;
esac
`;

/** The PID of the program of an instance that runs. */
export async function chattyPid(node: TestNode, instance: string): Promise<number> {
  return Number(await readFile(join(node.root(instance), 'tmp/pid'), 'utf8'));
}
