import { link, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { before, it } from 'mocha';
import type { Instance } from '../../../src/generated/objects.js';
import { failureOf } from '../../support/failure.js';
import { processesIn, processOf } from '../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';

const CROWD = 100;

describeAsRoot('many calls at once', () => {
  const node = useNode();
  let crowd: Instance[] = [];

  before(async function () {
    this.timeout(120_000);
    crowd = await node().crowd(CROWD);
  });

  const each = (act: (instance: Instance) => Promise<unknown>) => Promise.all(crowd.map(act));
  const names = () => crowd.map(({ name }) => name).sort();

  it('starts, lists and stops a hundred instances', async function () {
    this.timeout(300_000);
    const started = await each((instance) => node().start(instance));
    expect(new Set(started)).to.deep.equal(new Set([null]));
    expect(await node().running()).to.deep.equal(names());
    await each((instance) => node().shutdown(instance, 60));
    expect(await node().running()).to.deep.equal([]);
  });

  it('kills a hundred instances', async function () {
    this.timeout(300_000);
    await each((instance) => node().start(instance));
    await each((instance) => node().shutdown(instance, 0));
    expect(await node().running()).to.deep.equal([]);
  });

  it('starts an instance once, however many ask for it at once', async () => {
    const instance = node().instance('inst0');
    await Promise.all(Array.from({ length: 10 }, () => node().start(instance)));
    expect(processesIn(node().root('inst0'))).to.have.lengthOf(1);
    const log = await readFile(join(node().stateDir, 'log/chroot/inst0.log'), 'utf8');
    expect(log.match(/^--- /gm)).to.have.lengthOf(1);
    await Promise.all(Array.from({ length: 10 }, () => node().shutdown(instance)));
  });

  it('carries out starts and stops of one instance one after the other', async function () {
    this.timeout(120_000);
    const instance = node().instance('inst0');
    for (let round = 0; round < 10; round++) {
      const calls = [node().start(instance), node().shutdown(instance), node().start(instance)];
      await Promise.all([...calls, node().call('instance_reboot', [instance, 'hard', 10, []])]);
      expect(processesIn(node().root('inst0'))).to.have.lengthOf(1);
      await Promise.all([node().shutdown(instance), node().shutdown(instance)]);
      expect(node().leftovers()).to.deep.equal([]);
    }
  });

  it('lets instances share neither a name with a group nor with one another', async () => {
    // All of these begin alike; those of the kernel's own files in a control group are among them.
    const alike = ['inst', 'inst0.', 'cgroup.procs', 'tasks', 'inst0', '-inst0', '..inst0'];
    const instances = await Promise.all(
      alike.map(async (name) =>
        name === 'inst0' ? node().instance(name) : await node().copyDisk('inst0', name),
      ),
    );
    for (const instance of instances) await node().start(instance);
    expect(await node().running()).to.deep.equal(alike.toSorted());
    for (const instance of instances) {
      const others = instances.filter(
        (other) => instances.indexOf(other) > instances.indexOf(instance),
      );
      const pids = await Promise.all(others.map(({ name }) => processOf(node(), name)));
      await node().shutdown(instance);
      const left = await Promise.all(others.map(({ name }) => processOf(node(), name)));
      expect(left).to.deep.equal(pids);
    }
  });

  it('refuses a disk that another instance uses by another name', async () => {
    await node().start(node().instance('inst0'));
    const alias = await node().copyDisk('inst0', 'alias');
    await unlink(node().diskPath('alias'));
    await link(node().diskPath('inst0'), node().diskPath('alias'));
    const error = await failureOf(node().start(alias));
    expect(error.message).to.match(/Disk \S+\/alias\/disk0 is in use by \/dev\/loop/);
    await node().shutdown(node().instance('inst0'));
    await node().start(alias);
    await node().shutdown(alias);
  });

  it('refuses a disk that another instance uses, also when both start at once', async () => {
    const first = node().instance('inst0');
    const second = { ...node().instance('thief'), disks_info: first.disks_info };
    for (let round = 0; round < 5; round++) {
      const results = await Promise.allSettled([node().start(first), node().start(second)]);
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused).to.have.lengthOf(1);
      expect(String(refused[0]?.reason)).to.match(/Disk \S+\/inst0\/disk0 .*in use/);
      await Promise.all([node().shutdown(first), node().shutdown(second)]);
    }
  });
});
