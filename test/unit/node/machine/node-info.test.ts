import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError, RpcFailure } from '../../../../src/base/errors.js';
import type { Hvparams } from '../../../../src/generated/objects.js';
import { NodeInfo } from '../../../../src/node/machine/node-info.js';
import { failureOf } from '../../storage/fixtures.js';

const INFO = {
  memory_total: 24105,
  memory_dom0: 86,
  memory_free: 23622,
  cpu_total: 2,
  cpu_dom0: 2,
  cpu_nodes: 1,
  cpu_sockets: 1,
};
const BOOT_ID = 'ce740cd5-75e0-4741-bd1d-63615cbce38e';

describe('NodeInfo.get', () => {
  let root: string;
  let nodeInfo: NodeInfo;
  let asked: Hvparams[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    asked = [];
    await writeFile(join(root, 'boot_id'), `${BOOT_ID}\n`);
    nodeInfo = new NodeInfo({
      bootIdPath: join(root, 'boot_id'),
      hypervisors: {
        get(name) {
          if (name !== 'chroot') throw new HypervisorError(`Unknown hypervisor type '${name}'`);
          return {
            getNodeInfo(hvparams) {
              asked.push(hvparams);
              return Promise.resolve(INFO);
            },
          };
        },
      },
      storage: {
        measure: ([type, name]) =>
          type === 'file'
            ? Promise.resolve({ type, name, storage_size: 100, storage_free: 50 })
            : Promise.reject(new RpcFailure(`Unknown storage type: '${type}'`)),
      },
    });
  });
  afterEach(() => rm(root, { recursive: true }));

  it('answers null where null is asked, and nothing where nothing is', async () => {
    expect(await nodeInfo.get(null, null)).to.deep.equal([BOOT_ID, null, null]);
    expect(await nodeInfo.get([], [])).to.deep.equal([BOOT_ID, [], []]);
  });

  it('asks the hypervisors, in order and with their parameters', async () => {
    const parameters = { init_script: '/ganeti-chroot' };
    const answer = await nodeInfo.get(null, [
      ['chroot', parameters],
      ['chroot', {}],
    ]);
    expect(answer).to.deep.equal([BOOT_ID, null, [INFO, INFO]]);
    expect(asked).to.deep.equal([parameters, {}]);
  });

  it('fails for an unknown hypervisor', async () => {
    expect(await failureOf(nodeInfo.get(null, [['xen', {}]]))).to.be.instanceOf(HypervisorError);
  });

  it('measures the storage units, in order', async () => {
    const [, storage] = await nodeInfo.get(
      [
        ['file', '/srv/a', []],
        ['file', '/srv/b', []],
      ],
      null,
    );
    expect(storage).to.deep.equal([
      { type: 'file', name: '/srv/a', storage_size: 100, storage_free: 50 },
      { type: 'file', name: '/srv/b', storage_size: 100, storage_free: 50 },
    ]);
  });

  it('fails for a storage unit that cannot be measured', async () => {
    const error = await failureOf(nodeInfo.get([['tape', 'x', []]], []));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal("Unknown storage type: 'tape'");
  });

  it('fails when the boot id cannot be read', async () => {
    await rm(join(root, 'boot_id'));
    expect((await failureOf(nodeInfo.get(null, null))).message).to.equal(
      "Can't read the boot id: No such file or directory",
    );
  });
});
