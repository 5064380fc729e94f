import type { GanetiVersion } from '../options.js';
import type { Host } from '../row.js';

interface Patch {
  readonly bug: string;
  readonly broken: string;
  readonly patched: string;
}

const CLEAN_STOP: Patch = {
  bug: 'the command line of a clean stop is what extending a list returns: nothing',
  broken: 'timeout_cmd.extend(["chroot"',
  patched: 'timeout_cmd + (["chroot"',
};

/** What is broken in Ganeti 3.0.2, and in 3.1.0~rc2. */
const PATCHES: Readonly<Record<GanetiVersion, readonly Patch[]>> = {
  '3.0': [
    {
      bug: 'asked about an instance that does not run, it raises, so that none can be started',
      broken: 'raise HypervisorError("Instance %s is not running" % instance_name)',
      patched: 'return None  # patched for the benchmark',
    },
    CLEAN_STOP,
  ],
  '3.1': [CLEAN_STOP],
};

/** $1: the file; $2: its new text. The daemon has read the old one when it was started. */
const REPLACE_ON_ALL_NODES = `
  set -eu -o pipefail
  for node in $(gnt-node list --no-headers -o name); do
    printf %s "$2" | ssh -q -o BatchMode=yes "$node" "cat >'$1'"
    ssh -q -n -o BatchMode=yes "$node" \\
      '/usr/lib/ganeti/daemon-util stop ganeti-noded && /usr/lib/ganeti/daemon-util start ganeti-noded'
  done`;

/**
 * Fixes the bugs that keep the stock daemon from starting and stopping chroots at all, on all nodes of its cluster, so
 * that there is something to compare with. Nothing else of it is changed, and nothing outside of the cluster's hosts.
 *
 * @throws Error when Ganeti's text is not the one that the patches are for
 */
export async function patchStock(host: Host, ganeti: GanetiVersion): Promise<void> {
  if (host.name !== 'stock') throw new Error('only the stock daemon is to be patched');
  // Each host has a copy of its own.
  const file = `/usr/share/ganeti/${ganeti}/ganeti/hypervisor/hv_chroot.py`;
  const text = patched(await host.master('cat', file), PATCHES[ganeti]);
  await host.master('bash', '-c', REPLACE_ON_ALL_NODES, 'patch', file, text);
}

/**
 * The text with each patch done; a text that is patched already stays as it is.
 *
 * @throws Error when a patch does not fit in exactly one place
 */
export function patched(text: string, patches: readonly Patch[]): string {
  return patches.reduce((current, patch) => {
    const places = current.split(patch.broken).length - 1;
    if (places === 0 && current.includes(patch.patched)) return current;
    if (places !== 1)
      throw new Error(`Ganeti's chroot hypervisor has ${places} places where ${patch.bug}`);
    return current.replace(patch.broken, () => patch.patched);
  }, text);
}
