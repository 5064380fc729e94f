import type { Machine } from '../../../src/system/kernel/machine.js';

/** A machine on which nothing is missing, but for what a test says. */
export function machineWith(changes: Partial<Machine> = {}): Machine {
  const nothing = () => Promise.resolve(undefined);
  const yes = () => Promise.resolve(true);
  return {
    isRoot: true,
    container: undefined,
    kernelRelease: '6.1.0-30-amd64',
    nodeVersion: '20.19.0',
    isInUserNamespace: false,
    hasCapability: () => true,
    wallTime: () => new Date('2026-01-01T00:00:00Z'),
    tryMount: nothing,
    tryLoopDevice: nothing,
    lookForLoopDevices: nothing,
    tryControlGroup: nothing,
    hasProgram: yes,
    hasUser: yes,
    hasGroup: yes,
    isDirectory: yes,
    readFile: nothing,
    ...changes,
  };
}

/** Answers yes for all names but these. */
export function allBut(...names: readonly string[]): (name: string) => Promise<boolean> {
  return (name) => Promise.resolve(!names.includes(name));
}
