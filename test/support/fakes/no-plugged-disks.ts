import type { PluggedDisks } from '../../../src/hypervisor/chroot/plugged-disks.js';

/** For instances with one disk: nothing is ever plugged. */
export function noPluggedDisks(): PluggedDisks {
  const nothing = () => Promise.resolve();
  return {
    plug: () => Promise.resolve([]),
    unplug: nothing,
    isPlugged: () => Promise.resolve(false),
    show: nothing,
    release: nothing,
    resize: nothing,
  } as unknown as PluggedDisks;
}
