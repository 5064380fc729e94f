import { expect } from 'chai';
import { describe, it } from 'mocha';
import { loadConfig } from '../../../src/config/config.js';
import { parseOptions } from '../../../src/config/options.js';
import { checkCertificates } from '../../../src/doctor/checks/certificates.js';
import { checkAccounts, checkDirectories } from '../../../src/doctor/checks/ganeti.js';
import {
  checkControlGroups,
  checkKernel,
  checkLoopDevices,
  checkNode,
} from '../../../src/doctor/checks/kernel.js';
import { checkPrograms } from '../../../src/doctor/checks/programs.js';
import { checkCapability, checkMount, checkRoot } from '../../../src/doctor/checks/rights.js';
import { makeClusterIdentity, makeIdentity } from '../../../tools/kit/certificates.js';
import { allBut, machineWith } from './fake-machine.js';

const { paths } = loadConfig(parseOptions(['--state-dir', '/nowhere']));
const DOCKER = { container: 'docker' };

describe('checkRoot', () => {
  it('misses root', () => {
    expect(checkRoot(machineWith()).status).to.equal('ok');
    expect(checkRoot(machineWith({ isRoot: false }))).to.deep.equal({
      check: 'root',
      status: 'missing',
      found: 'does not run as root',
      advice: 'run it as root',
    });
  });
});

describe('checkCapability', () => {
  it('misses CAP_SYS_ADMIN, and gives the option of the container', () => {
    const hasCapability = (name: string) => name !== 'CAP_SYS_ADMIN';
    expect(checkCapability(machineWith()).status).to.equal('ok');
    expect(checkCapability(machineWith({ hasCapability })).advice).not.to.include('docker');
    const finding = checkCapability(machineWith({ hasCapability, ...DOCKER }));
    expect(finding).to.include({ status: 'missing', found: 'CAP_SYS_ADMIN is missing' });
    expect(finding.advice).to.include('docker run --privileged');
  });

  it('says of a user namespace that no option helps', () => {
    const finding = checkCapability(machineWith({ isInUserNamespace: true, ...DOCKER }));
    expect(finding.status).to.equal('missing');
    expect(finding.advice).not.to.include('--privileged');
  });
});

describe('checkMount', () => {
  it('says what a trial was answered', async () => {
    expect((await checkMount(machineWith())).status).to.equal('ok');
    const tryMount = () => Promise.resolve('mount: permission denied.');
    expect(await checkMount(machineWith({ tryMount }))).to.include({
      status: 'missing',
      found: 'a mount was tried, and failed: mount: permission denied.',
    });
  });
});

describe('checkLoopDevices', () => {
  const trouble = () => Promise.resolve('/dev/loop-control: No such file or directory');

  it('tries one, or only looks', async () => {
    const untried = machineWith({ tryLoopDevice: trouble });
    expect((await checkLoopDevices(untried, true)).status).to.equal('missing');
    expect((await checkLoopDevices(untried, false)).status).to.equal('ok');
    const unseen = machineWith({ lookForLoopDevices: trouble });
    expect((await checkLoopDevices(unseen, false)).status).to.equal('missing');
  });

  it('says which module, and which option of the container', async () => {
    const machine = machineWith({ tryLoopDevice: trouble });
    const { found, advice } = await checkLoopDevices(machine, true);
    expect(found).to.equal('/dev/loop-control: No such file or directory');
    expect(advice).to.equal('load the module: modprobe loop');
    const inContainer = await checkLoopDevices({ ...machine, ...DOCKER }, true);
    expect(inContainer.advice).to.match(/modprobe loop.*--privileged/);
    const asNobody = await checkLoopDevices({ ...machine, isRoot: false }, true);
    expect(asNobody.advice).to.equal('run it as root');
  });
});

describe('checkControlGroups', () => {
  it('misses those that can not be made', () => {
    expect(checkControlGroups(machineWith(), undefined).status).to.equal('ok');
    expect(checkControlGroups(machineWith(), 'Read-only file system')).to.include({
      status: 'missing',
      found: 'none can be made: Read-only file system',
    });
  });
});

describe('checkKernel and checkNode', () => {
  it('compare versions as numbers', () => {
    for (const kernelRelease of ['5.15.0', '5.19.0-30', '6.1', '10.0.1'])
      expect(checkKernel(machineWith({ kernelRelease })).status, kernelRelease).to.equal('ok');
    for (const kernelRelease of ['5.10.0-30', '4.19.0-27-amd64', 'unknown'])
      expect(checkKernel(machineWith({ kernelRelease })).status, kernelRelease).to.equal('missing');
    expect(checkNode(machineWith({ nodeVersion: '20.19.0' })).status).to.equal('ok');
    expect(checkNode(machineWith({ nodeVersion: '22.0.0' })).status).to.equal('ok');
    expect(checkNode(machineWith({ nodeVersion: '20.9.0' })).status).to.equal('missing');
    expect(checkNode(machineWith({ nodeVersion: '18.20.0' })).status).to.equal('missing');
  });
});

describe('checkPrograms', () => {
  it('names each that is missing, and its package', async () => {
    const hasProgram = allBut('perl', 'umount');
    expect(await checkPrograms(machineWith({ hasProgram }), false)).to.deep.equal([
      {
        check: 'programs',
        status: 'missing',
        found: 'there is no perl',
        advice: 'apt-get install perl-base',
      },
      {
        check: 'programs',
        status: 'missing',
        found: 'there is no umount',
        advice: 'apt-get install mount',
      },
    ]);
  });

  it('only warns of those that clusters need, and only in one', async () => {
    const machine = machineWith({ hasProgram: allBut('ssh') });
    expect((await checkPrograms(machine, false)).map(({ status }) => status)).to.deep.equal(['ok']);
    expect((await checkPrograms(machine, true)).map(({ status }) => status)).to.deep.equal([
      'warning',
    ]);
  });
});

describe('checkAccounts and checkDirectories', () => {
  it('name what is missing', async () => {
    const machine = machineWith({
      hasUser: allBut('gnt-rapi'),
      hasGroup: allBut('gnt-daemons'),
      isDirectory: allBut(paths.dataDir),
    });
    expect(await checkAccounts(machine)).to.include({
      status: 'missing',
      found: 'there is no user gnt-rapi, no group gnt-daemons',
    });
    expect(await checkDirectories(machine, paths)).to.include({
      status: 'missing',
      found: `there is no directory ${paths.dataDir}`,
    });
    expect((await checkAccounts(machineWith())).status).to.equal('ok');
    expect((await checkDirectories(machineWith(), paths)).status).to.equal('ok');
  });
});

describe('checkCertificates', () => {
  const DAY_MS = 86_400_000;
  const made = Date.now();
  const { pem: certificate } = makeIdentity('x', {
    notBefore: new Date(made),
    notAfter: new Date(made + 100 * DAY_MS),
  });

  async function statusAfter(days: number) {
    const machine = machineWith({
      readFile: () => Promise.resolve(certificate),
      wallTime: () => new Date(made + days * DAY_MS),
    });
    const findings = await checkCertificates(machine, paths, true);
    expect(findings.map(({ check }) => check)).to.deep.equal(['server.pem', 'client.pem']);
    return findings[1];
  }

  it('says how long each is valid yet', async () => {
    const finding = await statusAfter(10);
    expect(finding?.status).to.equal('ok');
    expect(finding?.found).to.match(/client\.pem is valid for (89|90) days more$/);
  });

  it('warns before one expires, and misses it then', async () => {
    expect((await statusAfter(80))?.status).to.equal('warning');
    const expired = await statusAfter(101);
    expect(expired).to.include({ status: 'missing' });
    expect(expired?.found).to.match(/client\.pem has expired on /);
    expect(expired?.advice).to.include('renew-crypto');
    expect((await statusAfter(-1))?.found).to.include(' is valid from ');
  });

  it('misses server.pem where the daemon does not make it', async () => {
    const statuses = async (makesOwn: boolean) =>
      (await checkCertificates(machineWith(), paths, makesOwn)).map(({ status }) => status);
    expect(await statuses(true)).to.deep.equal(['ok', 'ok']);
    expect(await statuses(false)).to.deep.equal(['missing', 'ok']);
  });

  it('misses a client.pem that other nodes refuse, because neither server.pem nor it has signed it', async () => {
    const server = makeClusterIdentity();
    const signed = makeIdentity('node1', { issuer: server });
    const foreign = makeIdentity('node1', { issuer: makeIdentity('other') });
    const clientFinding = async (client: string) => {
      const readFile = (path: string) =>
        Promise.resolve(path.endsWith('server.pem') ? server.pem : client);
      const machine = machineWith({ readFile, wallTime: () => new Date() });
      return (await checkCertificates(machine, paths, false))[1];
    };
    expect((await clientFinding(signed.pem))?.found).not.to.include('refuse');
    expect((await clientFinding(server.pem))?.found).not.to.include('refuse');
    expect(await clientFinding(foreign.pem)).to.include({ status: 'missing' });
    expect((await clientFinding(foreign.pem))?.found).to.include('signed neither by server.pem');
  });

  it('says when one can not be read or used', async () => {
    const foundWith = async (readFile: () => Promise<string>) => {
      const [server] = await checkCertificates(machineWith({ readFile }), paths, true);
      expect(server?.status).to.equal('missing');
      return server?.found;
    };
    const denied = Object.assign(new Error('EACCES'), { code: 'EACCES', errno: -13 });
    expect(await foundWith(() => Promise.reject(denied))).to.include(
      "server.pem can't be read: Permission denied",
    );
    expect(await foundWith(() => Promise.resolve('nothing'))).to.include(
      'server.pem has no private key in it',
    );
  });
});
