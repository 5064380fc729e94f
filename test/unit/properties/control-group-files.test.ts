/** Properties of what is read from the files of control groups: numbers or nothing, never what is no number. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import { accountingOf } from '../../../src/system/cgroup/accounting.js';
import { groupProcesses } from '../../../src/system/cgroup/group-files.js';
import { trackingHierarchy } from '../../../src/system/cgroup/tracking.js';
import { textOf } from './texts.js';

const RUNS = { numRuns: 40 };

describe("a control group's files", () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'group-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const write = (file: string, text: string) => writeFile(join(directory, file), text);
  const number = fc.nat(2 ** 48);
  const layouts = () => ({
    unified: { unified: directory, legacy: new Map() },
    legacy: {
      unified: undefined,
      legacy: new Map(['memory', 'cpuacct', 'freezer'].map((name) => [name, directory])),
    },
  });
  const usage = (version: 'unified' | 'legacy') =>
    accountingOf(layouts()[version], new Set(['memory'])).usage((path) => path, directory);

  it('tell what is used, in both versions', () =>
    fc.assert(
      fc.asyncProperty(
        number,
        number,
        fc.uniqueArray(fc.integer({ min: 1 })),
        async (bytes, time, pids) => {
          await write('memory.current', `${bytes}\n`);
          await write('memory.usage_in_bytes', `${bytes}\n`);
          await write('cpu.stat', `nr_periods 0\nusage_usec ${time}\nuser_usec 0\n`);
          await write('cpuacct.usage', `${time}\n`);
          await write('cgroup.procs', pids.map((pid) => `${pid}\n`).join(''));
          const expected = { memoryBytes: bytes, processes: pids.length, memoryKills: undefined };
          expect(await usage('unified')).to.deep.equal({ ...expected, cpuSeconds: time / 1e6 });
          expect(await usage('legacy')).to.deep.equal({ ...expected, cpuSeconds: time / 1e9 });
          expect(groupProcesses(directory)).to.have.members(pids);
        },
      ),
      RUNS,
    ));

  it('are never taken for numbers when they hold none', () =>
    fc.assert(
      fc.asyncProperty(textOf('12', 'max', 'usage_usec 5', '1e5'), async (text) => {
        for (const file of ['memory.current', 'memory.usage_in_bytes', 'cpu.stat', 'cpuacct.usage'])
          await write(file, text);
        await write('cgroup.procs', '');
        for (const version of ['unified', 'legacy'] as const)
          for (const value of Object.values(await usage(version)))
            if (value !== undefined) expect(value).to.be.finite;
      }),
      RUNS,
    ));

  it('say whether there is anybody, whatever else they say', () =>
    fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.constantFrom('', 'frozen 0\n', 'x 1\n'),
        async (is, more) => {
          await write('cgroup.events', `populated ${Number(is)}\n${more}`);
          await write('cgroup.procs', is ? '1\n' : '');
          for (const layout of Object.values(layouts()))
            expect(await trackingHierarchy(layout)?.isPopulated(directory)).to.equal(is);
        },
      ),
      RUNS,
    ));
});
