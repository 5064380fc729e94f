import type { Machine } from '../../system/kernel/machine.js';
import { type Finding, missing, ok } from '../finding.js';

export function checkRoot({ isRoot, container }: Machine): Finding {
  if (isRoot) return ok('root', 'runs as root');
  const advice = container === undefined ? 'run it as root' : 'run it as root in the container';
  return missing('root', 'does not run as root', advice);
}

/** Whether this process may mount at all; `checkMount` tries. */
export function checkCapability(machine: Machine): Finding {
  if (machine.isInUserNamespace)
    return missing(
      'capability',
      'this is a user namespace, in which the kernel mounts no disks',
      'run it outside of the user namespace: a container must be started by root, and not with its users remapped',
    );
  if (machine.hasCapability('CAP_SYS_ADMIN')) return ok('capability', 'has CAP_SYS_ADMIN');
  return missing('capability', 'CAP_SYS_ADMIN is missing', rightsAdvice(machine));
}

/** Something else may forbid it to a process that has the capability: AppArmor, SELinux, seccomp. */
export async function checkMount(machine: Machine): Promise<Finding> {
  const said = await machine.tryMount();
  if (said === undefined) return ok('mount', 'a mount was tried, and worked');
  return missing('mount', `a mount was tried, and failed: ${said}`, rightsAdvice(machine));
}

function rightsAdvice({ container }: Machine): string {
  return container === undefined
    ? 'start it from a shell or a service that has all rights of root; dmesg(1) says if AppArmor or SELinux forbade it'
    : PRIVILEGED;
}

/** What gives a container all that chroots need. */
export const PRIVILEGED =
  'start the container as root and with --privileged (docker run --privileged, podman run --privileged)';
