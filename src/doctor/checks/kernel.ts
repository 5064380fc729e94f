import type { Machine } from '../../system/kernel/machine.js';
import { type Finding, missing, ok } from '../finding.js';
import { PRIVILEGED } from './rights.js';

/** The sequence numbers of block devices came with it; LOOP_CONFIGURE and mount numbers in statx(2) before. */
const KERNEL_AT_LEAST = [5, 15] as const;
/** As package.json says. */
const NODE_AT_LEAST = [20, 19] as const;

export function checkKernel({ kernelRelease }: Machine): Finding {
  if (isAtLeast(kernelRelease, KERNEL_AT_LEAST)) return ok('kernel', `Linux ${kernelRelease}`);
  return missing('kernel', `Linux ${kernelRelease}`, 'boot Linux 5.15 or later');
}

export function checkNode({ nodeVersion }: Machine): Finding {
  if (isAtLeast(nodeVersion, NODE_AT_LEAST)) return ok('node', `Node.js ${nodeVersion}`);
  return missing('node', `Node.js ${nodeVersion}`, 'install Node.js 20.19 or later');
}

/** @param isTried whether a device is taken, or only looked for */
export async function checkLoopDevices(machine: Machine, isTried: boolean): Promise<Finding> {
  const said = await (isTried ? machine.tryLoopDevice() : machine.lookForLoopDevices());
  if (said === undefined)
    return ok('loop devices', isTried ? 'one was taken, and let go' : 'the kernel has them');
  return missing('loop devices', said, loopAdvice(machine));
}

function loopAdvice({ isRoot, container }: Machine): string {
  if (container !== undefined)
    return `load the module on the machine itself (modprobe loop), and ${PRIVILEGED}`;
  return isRoot ? 'load the module: modprobe loop' : 'run it as root';
}

/** @param said what went wrong when one was made, if anything */
export function checkControlGroups(machine: Machine, said: string | undefined): Finding {
  if (said === undefined) return ok('control groups', 'can be made');
  const advice =
    machine.container === undefined
      ? 'run it as root, with a hierarchy that can be written to: mount -t cgroup2 none /sys/fs/cgroup'
      : PRIVILEGED;
  return missing('control groups', `none can be made: ${said}`, advice);
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, foundMajor, foundMinor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  const found = [Number(foundMajor), Number(foundMinor)] as const;
  return found[0] > major || (found[0] === major && found[1] >= minor);
}
