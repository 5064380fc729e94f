import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, it } from 'mocha';
import { Cgroups, type ControlGroup } from '../../../src/system/cgroup/cgroups.js';
import { groupProcesses } from '../../../src/system/cgroup/group-files.js';
import { replaceLink } from '../../../src/system/file/files.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { isAlive } from '../../../tools/kit/machine/processes.js';
import { FakeProcesses } from '../../support/fakes/fake-processes.js';
import { CHATTY_SCRIPT, chattyPid } from '../../support/machine/chatty-script.js';
import { inheritedState, loginState } from '../../support/machine/process-state.js';
import {
  readService,
  type ServiceSettings,
  startedAs,
  startedIn,
} from '../../support/machine/systemd-unit.js';
import { describeAsRoot, useNode } from '../../support/node/suite.js';
import type { TestNode } from '../../support/node/test-node.js';

/*
 * systemd itself would have to be process 1. What it does to the processes of a service is done here by hand: it is read
 * from the unit file, so that whatever is changed there is tested.
 */

const PROJECT = new URL('../../../../', import.meta.url).pathname;
const KILL_TIMEOUT_MS = 10_000;

interface Service {
  readonly node: () => TestNode;
  /** Stands for the unit's. */
  readonly group: () => ControlGroup;
  /** Ends what systemd would end of it, and waits until the daemon is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** @param more becomes a part of the daemon's command line */
function useService(settings: ServiceSettings, more: () => readonly string[] = () => []): Service {
  let cgroups: Cgroups;
  let group: ControlGroup;
  before(async () => {
    cgroups = await Cgroups.detect(`noded-unit-${randomUUID()}`, {
      processes: new FakeProcesses(),
      rootsDir: '/no/such/directory',
    });
    group = cgroups.group('the-unit');
    await group.create();
  });
  const node = useNode({}, () => ({
    wrapper: [...startedIn(group.procsFiles), ...startedAs(settings), ...more()],
  }));
  after(async () => {
    await group.kill(KILL_TIMEOUT_MS);
    await group.remove();
    await cgroups.close();
  });
  return {
    node,
    group: () => group,
    end: async (signal) => {
      if (settings.get('KillMode') !== 'process') await group.kill(KILL_TIMEOUT_MS);
      await node().stopDaemon(signal);
    },
  };
}

/** The number of the process that an instance's script has left running. */
async function startChatty(node: TestNode): Promise<number> {
  await node.start(await node.makeDisk('inst1', { script: CHATTY_SCRIPT }));
  return chattyPid(node, 'inst1');
}

/** What the instance says arrives in its log. */
async function expectLogged(node: TestNode): Promise<void> {
  const log = join(node.stateDir, 'log/chroot/inst1.log');
  const { size } = await stat(log);
  await eventually(async () => (await stat(log)).size > size + 10);
}

async function expectStopped(node: TestNode, pid: number): Promise<void> {
  expect(await node.running()).to.deep.equal(['inst1']);
  await node.shutdown(node.instance('inst1'));
  expect(isAlive(pid)).to.equal(false);
}

describeAsRoot('the systemd unit, and instances', () => {
  const service = useService(readService());
  const { node } = service;

  it('starts them as a login does, in control groups of their own; it keeps their logs', async () => {
    const pid = await startChatty(node());
    expect(inheritedState(pid)).to.deep.equal(loginState());
    const ours = groupProcesses(service.group().directory);
    expect(ours).to.include(node().pid).and.not.include(pid);
    // The daemon, and the keeper of the log; helpers come and go.
    const nameOf = (member: number) => readFileSync(`/proc/${member}/comm`, 'utf8').trim();
    expect(ours.filter((member) => nameOf(member) !== 'noded-helper')).to.have.lengthOf(2);
    await expectStopped(node(), pid);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const)
    it(`lets them go on, and their logs, when it is ended by ${signal}`, async () => {
      const pid = await startChatty(node());
      await service.end(signal);
      expect(isAlive(pid)).to.equal(true);
      await expectLogged(node());
      await node().startDaemon();
      await expectStopped(node(), pid);
    });
});

describeAsRoot('what the daemon was started with, and instances', () => {
  const dropIn = { UMask: '0077', OOMScoreAdjust: '300', LimitNOFILE: '2000:3000' };
  const service = useService(new Map([...readService(), ...Object.entries(dropIn)]));
  const { node } = service;

  it('is not what these have, but what a login has', async () => {
    const pid = await startChatty(node());
    const { oomScore, limits } = inheritedState(node().pid);
    const files = 'Max open files';
    expect({ oomScore, files: limits[files] }).to.deep.equal({
      oomScore: '300',
      files: '3000 3000 files',
    });
    const login = loginState();
    // How much they may ask for is the administrator's decision.
    const expected = { ...login, limits: { ...login.limits, [files]: '1024 3000 files' } };
    expect(inheritedState(pid)).to.deep.equal(expected);
    await expectStopped(node(), pid);
  });

  it('does not close directories to those who may read them', async () => {
    expect((await stat(node().rootDir)).mode & 0o777).to.equal(0o755);
  });
});

describeAsRoot('an upgrade of the daemon', () => {
  /** Where versions lie, and a link to the one that is used. */
  let releases = '';
  before(async () => {
    releases = await mkdtemp(join(tmpdir(), 'noded-releases-'));
    await release('1.0.0');
  });
  after(() => rm(releases, { recursive: true }));
  const service = useService(readService(), () => [
    ...[
      'sh',
      '-c',
      'main=$0/current/dist/bundle/main.js; node=$1; shift 2; exec "$node" "$main" "$@"',
    ],
    releases,
  ]);
  const { node } = service;

  /** Installs the daemon as this version beside those that are there, and makes it the one that is used. */
  async function release(version: string): Promise<void> {
    const directory = join(releases, version);
    await mkdir(directory);
    for (const part of ['dist/bundle', 'rpc-schema'])
      await cp(join(PROJECT, part), join(directory, part), { recursive: true });
    await symlink(join(PROJECT, 'node_modules'), join(directory, 'node_modules'));
    const description = await readFile(join(PROJECT, 'package.json'), 'utf8');
    const changed = { ...(JSON.parse(description) as object), version };
    await writeFile(join(directory, 'package.json'), JSON.stringify(changed));
    await replaceLink(directory, join(releases, 'current'));
  }

  function versionThatRuns(): unknown {
    return node().log.findLast(({ message }) => message === 'node daemon started')?.['version'];
  }

  it('from another directory takes over instances that run, when the old directory is gone', async () => {
    const pid = await startChatty(node());
    expect(versionThatRuns()).to.equal('1.0.0');
    await release('2.0.0');
    await rm(join(releases, '1.0.0'), { recursive: true });
    await service.end('SIGTERM');
    expect(isAlive(pid)).to.equal(true);
    await node().startDaemon();
    expect(versionThatRuns()).to.equal('2.0.0');
    await expectLogged(node());
    await expectStopped(node(), pid);
  });
});
