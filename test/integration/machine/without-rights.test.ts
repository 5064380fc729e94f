import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, beforeEach, it } from 'mocha';
import type { Finding } from '../../../src/doctor/finding.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';
import type { TestNode } from '../../support/node/test-node.js';
import { failureOf } from '../../unit/storage/fixtures.js';

const run = promisify(execFile);
const CTL = new URL('../../../src/nodectl.js', import.meta.url).pathname;
/** Root without the right to mount, as in most containers. */
const NO_ADMIN = ['setpriv', '--bounding-set', '-sys_admin', '--'];
/** Somebody else than root, who may read the program wherever it is. */
const NOBODY = [
  'sh',
  '-c',
  'chown -R 65534:65534 . && exec "$0" "$@"',
  ...['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'],
  ...['--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search', '--'],
];
/** Control groups that can't be written to, as in most containers. */
const READ_ONLY_CGROUPS = [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c'],
  'findmnt -rno TARGET -t cgroup,cgroup2 | while read -r at; do mount -o remount,bind,ro "$at"; done; exec "$0" "$@"',
];

const EXAMINED = { log: { examination: true } };
const FAKE = { migration_mode: 'live' };

/** An instance of the fake hypervisor from its disk to its end. */
async function expectFakeLife(node: TestNode): Promise<void> {
  const instance = node.instance('fake1', { hypervisor: 'fake', hvparams: FAKE });
  const [disk] = instance.disks_info;
  await node.call('file_storage_dir_create', [join(node.stateDir, 'file-storage/fake1')]);
  await node.call('blockdev_create', [disk, 8, 'fake1', true, '', false]);
  await node.start(instance);
  const all = await node.ganeti('all_instances_info', [['fake'], { fake: FAKE }]);
  expect(all).to.deep.equal([true, { fake1: { memory: 64, vcpus: 1, state: 0, time: 0 } }]);
  await node.call('instance_reboot', [instance, 'hard', 10, []]);
  await node.call('instance_balloon_memory', [instance, 32]);
  const info = await node.call('instance_info', ['fake1', 'fake', FAKE]);
  expect(info).to.include({ memory: 32 });
  await node.shutdown(instance);
  expect(await node.call('instance_list', [['fake'], { fake: FAKE }])).to.deep.equal([]);
  await node.call('blockdev_remove', [disk]);
  await node.call('file_storage_dir_remove', [join(node.stateDir, 'file-storage/fake1')]);
}

async function expectLogged(node: TestNode, checks: readonly string[]): Promise<void> {
  const lacking = () =>
    node.log
      .filter(({ message }) => message === 'chroots lack something here')
      .map((line) => line['check']);
  await eventually(() => checks.every((check) => lacking().includes(check)));
  expect(lacking()).to.have.lengthOf(new Set(lacking()).size);
}

describeAsRoot('a daemon without the right to mount', () => {
  const node = useNode(EXAMINED, () => ({ wrapper: NO_ADMIN }));

  it('says once in its log what is missing', () => expectLogged(node(), ['capability']));

  it('refuses to start a chroot, and says why', async () => {
    const instance = await node().makeDisk('inst1');
    const { message } = await failureOf(node().start(instance));
    expect(message).to.equal(
      'Hypervisor error: No right to mount: CAP_SYS_ADMIN is missing; see chroot-nodectl doctor',
    );
  });

  it('takes a fake instance through its life', () => expectFakeLife(node()));
});

describeAsRoot('a daemon that is not root', () => {
  const node = useNode(EXAMINED, () => ({ wrapper: NOBODY }));

  it('says once in its log what is missing', () =>
    expectLogged(node(), ['root', 'capability', 'control groups']));

  it('refuses to start a chroot, and says why', async () => {
    const { message } = await failureOf(node().start(await ownedDisk(node())));
    expect(message).to.include('No right to mount: CAP_SYS_ADMIN is missing');
  });

  it('takes a fake instance through its life', () => expectFakeLife(node()));

  it('keeps the job queue, as its own', async () => {
    expect(node().log.filter(({ level }) => level === 'error')).to.deep.equal([]);
    const job = join(node().stateDir, 'lib/queue/job-1');
    await node().call('jobqueue_update', [job, [0, '{}']]);
    expect((await stat(job)).uid).to.equal(65534);
  });

  async function ownedDisk(owner: TestNode) {
    const instance = await owner.makeDisk('inst1');
    await run('chown', ['-R', '65534:65534', join(owner.stateDir, 'file-storage/inst1')]);
    return instance;
  }
});

describeAsRoot('a daemon that can make no control groups', () => {
  const node = useNode(EXAMINED, () => ({ wrapper: READ_ONLY_CGROUPS }));

  it('says once in its log what is missing', () => expectLogged(node(), ['control groups']));

  it('refuses to start a chroot, says why, and leaves nothing behind', async () => {
    const instance = await node().makeDisk('inst1');
    const { message } = await failureOf(node().start(instance));
    expect(message).to.match(
      /^Hypervisor error: No right to make a control group: .*: Read-only file system; see chroot-nodectl doctor$/,
    );
  });
});

describeAsRoot('chroot-nodectl doctor', () => {
  let stateDir: string;
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'noded-doctor-'));
  });
  afterEach(() => rm(stateDir, { recursive: true }));

  async function doctor(wrapper: readonly string[], ...args: string[]) {
    const command = [...wrapper, process.execPath, CTL, '--state-dir', stateDir, ...args];
    const [program = '', ...rest] = command;
    try {
      const { stdout } = await run(program, rest, { timeout: 60_000 });
      return { code: 0, stdout };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  }

  async function missingWith(wrapper: readonly string[]): Promise<Finding[]> {
    const { code, stdout } = await doctor(wrapper, 'doctor', '--json');
    const { canRunChroots, findings } = JSON.parse(stdout) as {
      canRunChroots: boolean;
      findings: Finding[];
    };
    expect(code).to.equal(canRunChroots ? 0 : 1);
    return findings.filter(({ status }) => status === 'missing');
  }

  it('finds nothing missing for root', async () => {
    expect(await missingWith([])).to.deep.equal([]);
    const { code, stdout } = await doctor([], 'doctor');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^ok .*\n\nChroots can run here\.\n$/s);
  });

  it('misses the right to mount', async () => {
    expect((await missingWith(NO_ADMIN)).map(({ check }) => check)).to.deep.equal(['capability']);
    const { code, stdout } = await doctor(NO_ADMIN, 'doctor');
    expect(code).to.equal(1);
    expect(stdout).to.match(/^missing +capability +CAP_SYS_ADMIN is missing\. What to do: /m);
  });

  it('misses control groups that can be written to', async () => {
    const [finding, ...others] = await missingWith(READ_ONLY_CGROUPS);
    expect(others).to.deep.equal([]);
    expect(finding).to.include({ check: 'control groups' });
    expect(finding?.found).to.include('Read-only file system');
  });

  it('finds a user namespace', async () => {
    const namespace = ['unshare', '--user', '--map-root-user'];
    const isAllowed = await run('unshare', [...namespace.slice(1), 'true']).then(
      () => true,
      () => false,
    );
    // Some kernels let nobody make one: then nobody is in one.
    if (!isAllowed) return;
    const found = (await missingWith(namespace)).map(({ check }) => check);
    expect(found).to.include('capability');
  });

  it('refuses what it does not understand', async () => {
    for (const args of [
      ['doctor', 'more'],
      ['list', '--json'],
      ['doctor', '--config', '/none'],
    ])
      expect((await doctor([], ...args)).code, args.join(' ')).to.equal(2);
  });
});
