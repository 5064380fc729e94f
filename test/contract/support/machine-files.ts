import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOs } from '../../unit/os/fixtures.js';
import { writeDeeply } from './cluster.js';

/** What the recorded nodes told of themselves. */
const BOOT_ID = 'ce740cd5-75e0-4741-bd1d-63615cbce38e';
const MEMINFO = `MemTotal:       24684040 kB
MemFree:        20000000 kB
Buffers:          130000 kB
Cached:          4000000 kB
Active:           180000 kB
`;
const CPUINFO = 'processor\t: 0\n\nprocessor\t: 1\n';

/** Puts a chroot into the first disk. */
const CREATE = `#!/bin/sh\nprintf '/ganeti-chroot\\n' 1<>"$DISK_0_PATH"\n`;
const FILESYSTEM =
  'filesystem The filesystem type to use for the root partition. This has to be a filesystem type ' +
  "supported by ``mke2fs``. The default is 'ext4'.\n";

/** As the allocator of the recorded cluster answered. */
const HAIL_ANSWER =
  '{"success":true,"info":"Request successful: success","result":["node3.lab.test"]}';
/** No daemon runs, and each can be started and stopped. */
const DAEMON_UTIL = '#!/bin/sh\ntest "$1" != check\n';

/** Makes what a node has that no call changes: what the kernel tells, OS definitions, and programs of Ganeti's. */
export async function makeMachineFiles(stateDir: string): Promise<void> {
  const at = (path: string) => join(stateDir, path);
  await writeDeeply(at('proc/meminfo'), MEMINFO);
  await writeDeeply(at('proc/cpuinfo'), CPUINFO);
  await writeDeeply(at('proc/sys/kernel/random/boot_id'), `${BOOT_ID}\n`);
  for (const directory of ['block', 'class/net/br0/bridge', 'class/net/eth0'])
    await mkdir(at(`sys/${directory}`), { recursive: true });
  await makeOs(at('os/busybox'), { create: CREATE });
  await makeOs(at('share/os/debootstrap'), {
    ganeti_api_version: '20\n15\n10\n5\n',
    'parameters.list': FILESYSTEM,
  });
  for (const [path, text] of [
    ['daemon-util', DAEMON_UTIL],
    ['import-export', '#!/bin/sh\n'],
    ['tools/master-ip-setup', '#!/bin/sh\n'],
    ['iallocators/hail', `#!/bin/sh\necho '${HAIL_ANSWER}'\n`],
  ] as const)
    await writeDeeply(at(path), text, 0o755);
}
