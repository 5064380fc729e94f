import { readable } from '../../../src/system/proc/mount-table.js';
import { Observer } from './observer.js';
import { procText } from './processes.js';

/** What a test may leave behind, as comparable text. */
export interface MachineState {
  readonly mounts: readonly string[];
  readonly loops: readonly string[];
  readonly cgroups: readonly string[];
  /** Each with what tells why it is still there: its state, its parent, and where in the kernel it waits. */
  readonly processes: readonly string[];
}

/**
 * What of this machine has to do with `marker`: the name of a directory that a test uses, for instance.
 *
 * @param mountinfo of another mount namespace
 */
export function machineState(marker: string, mountinfo?: string): MachineState {
  const observer = new Observer(marker, mountinfo);
  return {
    mounts: observer.mounts().map(({ source, mountPoint }) => `${source} ${readable(mountPoint)}`),
    loops: observer.loopDevices().map(({ device, backingFile }) => `${device} ${backingFile}`),
    cgroups: observer.controlGroups(),
    processes: observer.processes('root', 'cwd', 'exe').map(describeProcess),
  };
}

function describeProcess(pid: number): string {
  const status = procText(pid, 'status');
  const [, state = 'gone'] = /^State:\s+(.*)$/m.exec(status) ?? [];
  const [, parent = ''] = /^PPid:\s+(.*)$/m.exec(status) ?? [];
  const name = procText(pid, 'comm').trim();
  return `${pid} ${name} (${state}, parent ${parent}, waits in ${procText(pid, 'wchan')})`;
}
