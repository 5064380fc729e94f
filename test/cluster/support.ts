import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TESTCLUSTER = new URL('../../../scripts/testcluster', import.meta.url).pathname;

/** How long one command on the cluster may take. */
const COMMAND_TIMEOUT_MS = 300_000;

/** A command on the cluster that failed, with all that it said. */
export class ClusterError extends Error {
  readonly output: string;

  constructor(command: readonly string[], output: string) {
    super(`${command.join(' ')} failed:\n${output.slice(-4000)}`);
    this.name = 'ClusterError';
    this.output = output;
  }
}

/** Runs scripts/testcluster. @throws ClusterError */
export async function testcluster(...args: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run(TESTCLUSTER, args, {
      timeout: COMMAND_TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new ClusterError(args, stdout + stderr);
  }
}

/** Runs a command on a node. @throws ClusterError */
export async function on(node: string, ...command: string[]): Promise<string> {
  return testcluster('exec', node, ...command);
}

/** Runs a gnt-… command on the master. @throws ClusterError */
export async function gnt(command: string): Promise<string> {
  return on(master, 'sh', '-c', `gnt-${command} </dev/null`);
}

/** The master changes in a failover. */
let master = 'node1';

/** From now on `gnt` runs on this node. */
export function useMaster(node: string): void {
  master = node;
}

/** What `gnt-instance list` shows of one instance. */
export async function instanceField(instance: string, field: string): Promise<string> {
  return (await gnt(`instance list --no-headers -o ${field} ${instance}.noded.test`)).trim();
}

/** Options of `gnt-instance add` for a small chroot. */
export function addOptions(template: string, node: string): string {
  const disks = template === 'diskless' ? '' : '--disk 0:size=64M';
  const provider = template === 'ext' ? ',provider=loopfile' : '';
  const start = template === 'diskless' ? '--no-start --no-install' : '';
  return `-t ${template} ${disks}${disks === '' ? '' : provider} -o busybox+default -n ${node}.noded.test --no-name-check --no-ip-check --net 0:mode=routed,link=100,ip=10.98.77.101 -B minmem=16M,maxmem=16M,vcpus=1 ${start}`;
}
