import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { scanUsers, signalProcesses } from '../../../src/system/proc/process-scan.js';

/**
 * reuse-pid.js ROOT: finds a user of ROOT, has its number given to a stranger, and signals all users of ROOT. To be run
 * in a PID namespace of its own, where nobody else takes numbers.
 */
const HOLD = new URL('./hold.js', import.meta.url).pathname;
const [root = ''] = process.argv.slice(2);
const user = spawn(process.execPath, [HOLD, 'root', root], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await once(user.stdout, 'data');
const found = scanUsers([root])
  .get(root)
  ?.map(({ pid }) => pid);
user.kill('SIGKILL');
await once(user, 'exit');
writeFileSync('/proc/sys/kernel/ns_last_pid', String(Number(user.pid) - 1));
const stranger = spawn('sleep', ['1000'], { cwd: '/', stdio: 'ignore' });
await once(stranger, 'spawn');
const signalled = signalProcesses({ root }, 'SIGKILL');
const isHarmed = await Promise.race([
  once(stranger, 'exit').then(() => true),
  new Promise<boolean>((resolve) => setTimeout(resolve, 200, false)),
]);
stranger.kill('SIGKILL');
process.stdout.write(
  JSON.stringify({ found, user: user.pid, stranger: stranger.pid, signalled, isHarmed }),
);
