import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../src/base/errors.js';
import { LinuxPowercycle } from '../../../src/hypervisor/linux-powercycle.js';
import { CommandError, type CommandRunner } from '../../../src/system/command/command.js';
import { failureOf, recordingLogger } from '../storage/fixtures.js';

describe('LinuxPowercycle', () => {
  let root: string;
  let trigger: string;
  let ran: string[][];
  let logged: Record<string, unknown>[];
  let commands: CommandRunner;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    trigger = join(root, 'sysrq-trigger');
    ran = [];
    logged = [];
    commands = {
      run(argv) {
        ran.push([...argv]);
        return Promise.resolve({ argv, stdout: '', stderr: '' });
      },
    };
  });
  afterEach(() => rm(root, { recursive: true }));

  function powercycle(objection?: string): LinuxPowercycle {
    return new LinuxPowercycle({
      objection,
      sysrqTriggerPath: trigger,
      commands,
      logger: recordingLogger(logged),
    });
  }

  it('asks the kernel, and runs nothing', async () => {
    await writeFile(trigger, '');
    await powercycle().run();
    expect(await readFile(trigger, 'utf8')).to.equal('b');
    expect(ran).to.deep.equal([]);
  });

  it('runs reboot where the kernel cannot be asked, and makes no file', async () => {
    await powercycle().run();
    expect(ran).to.deep.equal([['reboot', '-n', '-f']]);
    expect(await readdir(root)).to.deep.equal([]);
    expect(logged).to.deep.equal([
      {
        message: "can't write to the sysrq-trigger file",
        reason: 'No such file or directory',
      },
    ]);
  });

  it('says so when reboot fails', async () => {
    commands.run = (argv, { timeoutMs }) => {
      const end = { exitCode: 1, signal: undefined, timedOut: false, cause: undefined };
      const result = { argv, stdout: '', stderr: 'no init\n' };
      return Promise.reject(new CommandError(result, end, timeoutMs));
    };
    const error = await failureOf(powercycle().run());
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal("Can't run reboot: no init");
  });

  it('does nothing when it is switched off', async () => {
    await writeFile(trigger, '');
    const error = await failureOf(powercycle('switched off').run());
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal('switched off');
    expect(await readFile(trigger, 'utf8')).to.equal('');
    expect(ran).to.deep.equal([]);
  });
});
