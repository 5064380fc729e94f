import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, beforeEach, it } from 'mocha';
import { Leftovers } from '../../../tools/kit/machine/leftovers.js';
import { machineState } from '../../../tools/kit/machine/machine-state.js';
import { attachLoop } from '../../support/machine/loops.js';
import { Outsider } from '../../support/machine/outsider.js';
import { pidsHierarchy } from '../../support/machine/pids-hierarchy.js';
import { describeAsRoot } from '../../support/node/suite.js';

const run = promisify(execFile);

describeAsRoot('what a demo or a soak leaves', () => {
  let stateDir: string;

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'leftovers-'));
  });
  afterEach(async () => {
    await Outsider.killAll();
    rmSync(stateDir, { recursive: true, force: true });
  });

  it('is removed, also mounts whose names mountinfo writes in octal', async () => {
    const leftovers = new Leftovers(stateDir);
    const directory = join(stateDir, 'a b\\c ü');
    mkdirSync(directory);
    await run('mount', ['-t', 'tmpfs', 'none', directory]);
    try {
      expect(leftovers.find().mounts).to.deep.equal([directory]);
      await leftovers.removeAll();
      expect(existsSync(stateDir)).to.equal(false);
    } finally {
      await run('umount', [directory]).catch(() => undefined);
    }
  });

  it('is found and removed, whatever it is', async () => {
    const leftovers = new Leftovers(stateDir);
    const image = join(stateDir, 'image');
    writeFileSync(image, Buffer.alloc(1024 * 1024));
    const device = await attachLoop(image);
    const group = join(pidsHierarchy().root, basename(stateDir), 'instance-inst1');
    mkdirSync(group, { recursive: true });
    const member = Outsider.run('sleep', ['infinity']);
    writeFileSync(join(group, 'cgroup.procs'), String(member.pid));
    const script = `exec 3>>${image}; echo; exec sleep infinity`;
    const writer = await Outsider.ready('sh', ['-c', script]);
    const onlooker = Outsider.sleepingIn(stateDir);

    expect(leftovers.find()).to.deep.equal({
      mounts: [],
      loopDevices: [device],
      controlGroups: [join(group, '..'), group],
      processes: [member.pid, writer.pid].toSorted((one, other) => one - other),
    });
    const { loops, cgroups, processes } = machineState(basename(stateDir));
    expect(loops).to.deep.equal([`${device} ${image}`]);
    expect(cgroups).to.deep.equal([join(group, '..'), group]);
    expect(processes.map((line) => line.split(' ')[0])).to.deep.equal([String(onlooker.pid)]);
    await leftovers.removeAll();
    expect(onlooker.isAlive).to.equal(true);
    await onlooker.kill();
    expect(machineState(basename(stateDir))).to.deep.equal({
      mounts: [],
      loops: [],
      cgroups: [],
      processes: [],
    });
  });
});
