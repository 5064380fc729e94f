import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { NoControlGroupsError } from '../../../../src/system/cgroup/no-cgroups.js';
import { openCgroups } from '../../../../src/system/cgroup/open-cgroups.js';
import { commandError, FakeCommands } from '../../../support/fakes/fake-commands.js';
import { FakeProcesses } from '../../../support/fakes/fake-processes.js';
import { failureOf } from '../../storage/fixtures.js';

let directory: string;
let mountinfo: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'noded-cgroups-'));
  mountinfo = join(directory, 'mountinfo');
  writeFileSync(mountinfo, '23 1 0:21 / / rw - ext4 /dev/root rw\n');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function opening(end: { exitCode?: number; stderr?: string; timedOut?: boolean }) {
  const commands = new FakeCommands((argv) => {
    throw commandError(argv, end);
  });
  const parts = { processes: new FakeProcesses(), rootsDir: directory, mountinfo };
  return openCgroups('parent', join(directory, 'cgroup'), commands, parts);
}

describe('openCgroups', () => {
  it('has none where no hierarchy can be mounted, and says why', async () => {
    const opened = await opening({ exitCode: 32, stderr: 'mount: permission denied.' });
    expect(opened.cgroups.missing).to.equal('no hierarchy is mounted: mount: permission denied.');
    expect(await opened.cgroups.names()).to.deep.equal([]);
    const group = opened.cgroups.group('instance-inst1');
    const failure = await failureOf(group.create());
    expect(failure).to.be.instanceOf(NoControlGroupsError);
    expect(failure.message).to.equal(opened.cgroups.missing);
    await opened.close();
  });

  it('gives a group that no process is in', async () => {
    const group = (await opening({ exitCode: 32 })).cgroups.group('instance-inst1');
    expect(await group.isPopulated()).to.be.false;
    expect(await group.kill(1)).to.deep.equal([]);
    await group.remove();
  });

  it('fails for what is not a lack of rights', async () => {
    expect((await failureOf(opening({ timedOut: true }))).message).to.include('timed out');
  });
});
