import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../src/base/errors.js';
import { GANETI_VERSIONS } from '../../../src/ganeti/versions.js';
import { linuxNodeInfo, type ProcPaths } from '../../../src/hypervisor/linux-node-info.js';
import { failureOf } from '../storage/fixtures.js';

const MEMINFO = `MemTotal:       24684300 kB
MemFree:        23000999 kB
MemAvailable:   24100000 kB
Buffers:           10239 kB
Cached:          1100001 kB
SwapCached:        99999 kB
Active:            88300 kB
Active(anon):      11111 kB
HugePages_Total:       0
`;
const CPUINFO = `processor\t: 0
model name\t: Some processor: 5
core id\t\t: 0

processor\t: 1
model name\t: Some processor: 5
`;

const RULE = GANETI_VERSIONS['3.0'].memory;

describe('linuxNodeInfo', () => {
  let root: string;
  let paths: ProcPaths;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    paths = { meminfoPath: join(root, 'meminfo'), cpuinfoPath: join(root, 'cpuinfo') };
    await writeFile(paths.meminfoPath, MEMINFO);
    await writeFile(paths.cpuinfoPath, CPUINFO);
  });
  afterEach(() => rm(root, { recursive: true }));

  it('counts as Ganeti 3.0 does, each number rounded down', async () => {
    expect(await linuxNodeInfo(paths, RULE)).to.deep.equal({
      memory_total: 24105,
      memory_free: 22461 + 9 + 1074,
      memory_dom0: 86,
      cpu_total: 2,
      cpu_dom0: 2,
      cpu_nodes: 1,
      cpu_sockets: 1,
    });
  });

  it('takes what is available for free and the rest for its own, as Ganeti 3.1 does', async () => {
    expect(await linuxNodeInfo(paths, GANETI_VERSIONS['3.1'].memory)).to.include({
      memory_total: 24105,
      memory_free: 23535,
      memory_dom0: 24105 - 23535,
    });
  });

  for (const { name, memory } of Object.values(GANETI_VERSIONS))
    it(`understands this machine, as Ganeti ${name} does`, async () => {
      const info = await linuxNodeInfo(
        { meminfoPath: '/proc/meminfo', cpuinfoPath: '/proc/cpuinfo' },
        memory,
      );
      expect(info.cpu_total).to.equal(cpus().length);
      expect(info.memory_total).to.be.greaterThan(info.memory_free);
      expect(info.memory_free).to.be.greaterThan(0);
    });

  it('fails for a kernel that does not say what is available, where that is free', async () => {
    await writeFile(paths.meminfoPath, 'MemTotal: 5000 kB\nMemFree: 400 kB\nActive: 20 kB\n');
    expect((await linuxNodeInfo(paths, RULE)).memory_free).to.equal(0);
    const error = await failureOf(linuxNodeInfo(paths, GANETI_VERSIONS['3.1'].memory));
    expect(error.message).to.equal('Failed to compute memory usage: no number for MemAvailable');
  });

  for (const name of ['meminfo', 'cpuinfo'])
    it(`fails without ${name}`, async () => {
      await rm(join(root, name));
      const error = await failureOf(linuxNodeInfo(paths, RULE));
      expect(error).to.be.instanceOf(HypervisorError);
      expect(error.message).to.equal(
        `Failed to list node info: ${join(root, name)}: No such file or directory`,
      );
    });

  for (const text of ['', 'MemTotal: lots\n', 'MemTotal:\nMemFree: 5\n', 'MemTotal: 12x kB\n'])
    it(`fails for ${JSON.stringify(text)}`, async () => {
      await writeFile(paths.meminfoPath, text);
      const error = await failureOf(linuxNodeInfo(paths, RULE));
      expect(error).to.be.instanceOf(HypervisorError);
      expect(error.message).to.equal('Failed to compute memory usage: no number for MemTotal');
    });
});
