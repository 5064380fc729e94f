import { expect } from 'chai';
import { describe, it } from 'mocha';
import { loadConfig } from '../../../src/config/config.js';
import { parseOptions } from '../../../src/config/options.js';
import { canRunChroots, examine } from '../../../src/doctor/examine.js';
import { logFindings } from '../../../src/doctor/log-findings.js';
import { jsonReport, textReport } from '../../../src/doctor/report.js';
import type { Machine } from '../../../src/system/kernel/machine.js';
import { recordingLogger } from '../rpc/fakes.js';
import { machineWith } from './fake-machine.js';

const { paths } = loadConfig(parseOptions(['--state-dir', '/nowhere']));
const WITHOUT_ADMIN = machineWith({ hasCapability: () => false });

function examination(machine: Machine) {
  return { machine, paths, hasStateDir: true };
}

async function checksOf(changes: object): Promise<string[]> {
  const findings = await examine({ ...examination(machineWith()), ...changes });
  return findings.map(({ check }) => check);
}

describe('examine', () => {
  it('finds nothing missing where all is there', async () => {
    const findings = await examine(examination(machineWith()));
    expect(findings.map(({ status }) => status)).to.satisfy((all: string[]) =>
      all.every((status) => status === 'ok'),
    );
    expect(canRunChroots(findings)).to.be.true;
  });

  it("looks for what is Ganeti's only where it is used", async () => {
    expect(await checksOf({})).not.to.include('accounts');
    expect(await checksOf({ hasStateDir: false })).to.include.members(['accounts', 'directories']);
  });

  it('tries no mount without the capability', async () => {
    const findings = await examine(examination(WITHOUT_ADMIN));
    expect(findings.map(({ check }) => check)).not.to.include('mount');
    expect(canRunChroots(findings)).to.be.false;
  });

  it('tries nothing for a daemon that starts, but in a container', async () => {
    expect(await checksOf({ controlGroups: null })).not.to.include('mount');
    const machine = machineWith({ container: 'podman' });
    expect(await checksOf({ controlGroups: null, machine })).to.include.members([
      'container',
      'mount',
    ]);
  });

  it('takes what the daemon knows of control groups', async () => {
    const findings = await examine({
      ...examination(machineWith({ tryControlGroup: () => Promise.reject(new Error('asked')) })),
      controlGroups: 'Read-only file system',
    });
    expect(findings.find(({ check }) => check === 'control groups')?.found).to.equal(
      'none can be made: Read-only file system',
    );
  });

  it('does not count a warning', () => {
    const finding = { check: 'x', status: 'warning', found: 'y', advice: 'z' } as const;
    expect(canRunChroots([finding])).to.be.true;
  });
});

describe('textReport and jsonReport', () => {
  const findings = [
    { check: 'root', status: 'ok', found: 'runs as root' },
    { check: 'capability', status: 'missing', found: 'it is missing', advice: 'get it' },
  ] as const;

  it('have a line for each check, and sum up', () => {
    expect(textReport(findings)).to.equal(
      'ok       root        runs as root\n' +
        'missing  capability  it is missing. What to do: get it\n' +
        '\n' +
        "Chroots can't run here: one thing is missing. Instances of the fake hypervisor can.\n",
    );
    expect(textReport(findings.slice(0, 1))).to.match(/\n\nChroots can run here\.\n$/);
  });

  it('say it to programs as well', () => {
    expect(JSON.parse(jsonReport(findings))).to.deep.equal({ canRunChroots: false, findings });
  });
});

describe('logFindings', () => {
  async function logged(machine: Machine, isStopped = false) {
    const { logger, lines } = recordingLogger();
    await logFindings(examination(machine), logger, () => isStopped);
    return lines;
  }

  it('has a line for each thing that is missing, with what to do', async () => {
    const lines = await logged(WITHOUT_ADMIN);
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include({
      level: 'warn',
      message: 'chroots lack something here',
      check: 'capability',
    });
    expect(lines[0]?.['advice']).to.be.a('string');
  });

  it('has one line when nothing is missing', async () => {
    const lines = await logged(machineWith());
    expect(lines.map(({ message }) => message)).to.deep.equal([
      'nothing that chroots need is missing',
    ]);
  });

  it('does not fail, and logs nothing for a daemon that has stopped', async () => {
    const broken = machineWith({ hasProgram: () => Promise.reject(new Error('broken')) });
    expect((await logged(broken)).map(({ message }) => message)).to.deep.equal([
      "can't examine this machine",
    ]);
    expect(await logged(broken, true)).to.deep.equal([]);
    expect(await logged(WITHOUT_ADMIN, true)).to.deep.equal([]);
  });
});
