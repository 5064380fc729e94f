import type { Console } from '../../generated/objects.js';
import type { ConsoleContext } from '../hypervisor.js';

/** Ganeti: constants.SSH_CONSOLE_USER. */
const CONSOLE_USER = 'root';

/**
 * How the master reaches a shell inside the chroot (Ganeti: ChrootManager.GetInstanceConsole).
 *
 * Deviation: the shell is named. Without one chroot(1) runs the caller's `$SHELL`, which the image may not have.
 */
export function chrootConsole(
  instance: string,
  root: string,
  { primaryNode, nodeGroup }: ConsoleContext,
): Console {
  const port = primaryNode.ndparams?.ssh_port ?? nodeGroup.ndparams?.ssh_port;
  return {
    instance,
    kind: 'ssh',
    host: primaryNode.name,
    ...(port === undefined ? {} : { port }),
    user: CONSOLE_USER,
    command: ['chroot', root, '/bin/sh'],
  };
}
