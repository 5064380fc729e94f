import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FileStoragePathError, HypervisorError, RpcFailure } from '../../../../src/base/errors.js';
import { GANETI_VERSIONS } from '../../../../src/ganeti/versions.js';
import type { AllHvparams, VerifyRequest } from '../../../../src/generated/objects.js';
import type { HypervisorChecksParts } from '../../../../src/node/verify/hypervisor-checks.js';
import { type NodeVerifierParts, verifyNode } from '../../../../src/node/verify/node-verifier.js';
import { CallSchemas } from '../../../../src/rpc/schemas/call-schemas.js';
import { SchemaCompiler } from '../../../../src/rpc/schemas/schema-compiler.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands, recordedTraffic } from '../fixtures.js';

const INFO = {
  ...{ memory_total: 24105, memory_dom0: 85, memory_free: 23497 },
  ...{ cpu_total: 2, cpu_dom0: 2, cpu_nodes: 1, cpu_sockets: 1 },
};
const HVPARAMS = { chroot: { init_script: '/ganeti-chroot' } };

/** A hypervisor that finds `problem` with everything. */
function hypervisorChecks(problem: string | null): HypervisorChecksParts {
  const hypervisor = {
    verify: () => Promise.resolve(problem),
    validateParameters: () =>
      problem === null ? Promise.resolve() : Promise.reject(new HypervisorError(problem)),
    getNodeInfo: () => Promise.resolve(INFO),
  };
  return {
    hypervisors: {
      get(name) {
        if (name !== 'chroot') throw new HypervisorError(`Unknown hypervisor type '${name}'`);
        return hypervisor;
      },
    },
    listInstances: () =>
      problem === null ? Promise.resolve(['inst1']) : Promise.reject(new RpcFailure(problem)),
  };
}

describe('verifyNode', () => {
  let root: string;
  let parts: NodeVerifierParts;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    for (const directory of ['sys/block', 'sys/class/net', 'proc/sys'])
      await mkdir(join(root, directory), { recursive: true });
    await writeFile(join(root, 'proc/sysrq-trigger'), '');
    const answer =
      <T>(value: T) =>
      () =>
        Promise.resolve(value);
    parts = {
      ganeti: { version: () => GANETI_VERSIONS['3.0'] },
      nodeNames: { own: answer('node1.lab.test') },
      nodeRoot: undefined,
      ...hypervisorChecks(null),
      network: { answersTcp: answer(true) },
      commands: new FakeCommands(),
      ssconf: { isIpv6: () => false, sshPorts: () => new Map() },
      dataDir: root,
      sshDir: join(root, '.ssh'),
      clientCertificate: join(root, 'client.pem'),
      serverCertificate: join(root, 'server.pem'),
      volumeLists: { logicalVolumes: answer({}), volumeGroups: answer({}) },
      lvm: { report: answer([]) },
      storagePaths: { wrongDirectories: answer(['/bin']), checkUsable: answer(undefined) },
      diagnoseOs: answer([]),
      systemDirs: { proc: join(root, 'proc'), sys: join(root, 'sys') },
      clock: { wallTime: () => new Date(1_795_392_990_221) },
    };
  });
  afterEach(() => rm(root, { recursive: true }));

  const verify = (request: VerifyRequest, changes: Partial<NodeVerifierParts> = {}) =>
    verifyNode({ ...parts, ...changes }, request, 'cluster', HVPARAMS);

  describe('replaying recorded requests', () => {
    const compiler = new SchemaCompiler(CallSchemas.load());
    const isResult = compiler.compile('replay', {
      $ref: '../objects/verify-result.json',
    });
    for (const [index, { node, params, reply }] of recordedTraffic('node_verify').entries())
      it(`answers what request ${index + 1} asks, and no more`, async () => {
        const [request, clusterName, hvparams] = params as [VerifyRequest, string, AllHvparams];
        const nodeNames = { own: () => Promise.resolve(`${node}.lab.test`) };
        const verifier = { ...parts, nodeNames };
        const result = await verifyNode(verifier, request, clusterName, hvparams);
        expect(result).to.have.all.keys(...Object.keys(reply[1] as object));
        expect(isResult(result), JSON.stringify(isResult.errors)).to.be.true;
        expect(isResult(reply[1]), JSON.stringify(isResult.errors)).to.be.true;
      });
  });

  it('checks nothing unless asked', async () => {
    expect(await verify({})).to.deep.equal({});
    expect(await verify({ 'gluster-storage-path': '/x', toString: null })).to.deep.equal({});
  });

  it('leaves out what has to do with instances on a node without any', async () => {
    const instances = {
      ...{ hypervisor: ['chroot'], hvparms: [], instancelist: ['chroot'], hvinfo: 'chroot' },
      ...{ lvlist: 'xenvg', vglist: null, pvlist: ['xenvg'], 'exclusive-pvs': true },
      ...{ 'drbd-version': null, 'drbd-list': null, 'drbd-helper': '/bin/true' },
      ...{ oslist: null, bridges: ['br0'] },
    };
    const all = Object.keys(instances);
    expect(await verify(instances)).to.have.all.keys(...all);
    expect(await verify({ ...instances, nonvmnodes: ['node1.lab.test'] })).to.deep.equal({});
    expect(await verify({ ...instances, nonvmnodes: ['node2.lab.test'] })).to.have.all.keys(...all);
  });

  it('tells version and time', async () => {
    expect(await verify({ version: null, time: null })).to.deep.equal({
      version: [3_000_000, '3.0.2'],
      time: [1_795_392_990, 221_000],
    });
    const ganeti = { version: () => ({ ...GANETI_VERSIONS['3.1'], release: '3.1.1' }) };
    expect(await verify({ version: null }, { ganeti })).to.deep.equal({
      version: [3_010_000, '3.1.1'],
    });
  });

  it('tells what is wrong with hypervisors and their parameters', async () => {
    const request: VerifyRequest = {
      hypervisor: ['chroot', 'xen'],
      hvparms: [['cluster', 'chroot', {}]],
      instancelist: ['chroot'],
    };
    expect(await verify(request, hypervisorChecks('broken'))).to.deep.equal({
      hypervisor: {
        chroot: 'broken',
        xen: "Error while checking hypervisor: Unknown hypervisor type 'xen'",
      },
      hvparms: [['cluster', 'chroot', 'broken']],
      instancelist: 'broken',
    });
    const error = await failureOf(verify({ hvinfo: 'xen' }));
    expect(error).to.be.instanceOf(HypervisorError);
  });

  it('looks for /proc and /sys', async () => {
    expect(await verify({ nodesetup: null })).to.deep.equal({ nodesetup: [] });
    await rm(join(root, 'proc/sysrq-trigger'));
    await rm(join(root, 'sys/class/net'), { recursive: true });
    const { nodesetup } = await verify({ nodesetup: null });
    expect(nodesetup).to.have.lengthOf(2);
    expect(nodesetup?.[0]).to.contain('required directories /sys/block and /sys/class/net');
    expect(nodesetup?.[1]).to.contain('the file /proc/sysrq-trigger');
  });

  it('checks the list of storage directories on the node that is named only', async () => {
    expect(await verify({ 'allowed-file-storage-paths': 'node1.lab.test' })).to.deep.equal({
      'allowed-file-storage-paths': ['/bin'],
    });
    expect(await verify({ 'allowed-file-storage-paths': 'node2.lab.test' })).to.deep.equal({});
    expect(await verify({ 'allowed-file-storage-paths': null })).to.deep.equal({});
  });

  it('speaks of storage directories only when something is wrong', async () => {
    const request = { 'file-storage-path': '/a', 'shared-file-storage-path': '/b' };
    expect(await verify(request)).to.deep.equal({});
    const storagePaths = {
      ...parts.storagePaths,
      checkUsable: (path: string) => Promise.reject(new FileStoragePathError(`no ${path}`)),
    };
    expect(await verify(request, { storagePaths })).to.deep.equal({
      'file-storage-path': 'no /a',
      'shared-file-storage-path': 'no /b',
    });
    expect(await verify({ 'file-storage-path': '' }, { storagePaths })).to.deep.equal({});
  });

  it('looks for clutter only together with the setup', async () => {
    expect(await verify({ 'ssh-clutter': true })).to.deep.equal({});
    expect(await verify({ 'ssh-clutter': true, 'ssh-setup': [[], 'rsa'] })).to.deep.equal({
      'ssh-setup': ["Cannot find node information for node 'node1.lab.test'."],
      'ssh-clutter': [],
    });
  });
});
