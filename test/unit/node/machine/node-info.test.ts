import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError, RpcFailure } from '../../../../src/base/errors.js';
import type { Hvparams } from '../../../../src/generated/objects.js';
import { getNodeInfo, type NodeInfoParts } from '../../../../src/node/machine/node-info.js';
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

describe('getNodeInfo', () => {
  let root: string;
  let nodeInfo: NodeInfoParts;
  let asked: Hvparams[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    asked = [];
    await mkdir(join(root, 'sys/kernel/random'), { recursive: true });
    await writeFile(join(root, 'sys/kernel/random/boot_id'), `${BOOT_ID}\n`);
    nodeInfo = {
      systemDirs: { proc: root, sys: join(root, 'sys') },
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
      storageSpace: {
        measure: ([type, name]) =>
          type === 'file'
            ? Promise.resolve({ type, name, storage_size: 100, storage_free: 50 })
            : Promise.reject(new RpcFailure(`Unknown storage type: '${type}'`)),
      },
    };
  });
  afterEach(() => rm(root, { recursive: true }));

  it('answers null where null is asked, and nothing where nothing is', async () => {
    expect(await getNodeInfo(nodeInfo, null, null)).to.deep.equal([BOOT_ID, null, null]);
    expect(await getNodeInfo(nodeInfo, [], [])).to.deep.equal([BOOT_ID, [], []]);
  });

  it('asks the hypervisors, in order and with their parameters', async () => {
    const parameters = { init_script: '/ganeti-chroot' };
    const answer = await getNodeInfo(nodeInfo, null, [
      ['chroot', parameters],
      ['chroot', {}],
    ]);
    expect(answer).to.deep.equal([BOOT_ID, null, [INFO, INFO]]);
    expect(asked).to.deep.equal([parameters, {}]);
  });

  it('fails for an unknown hypervisor', async () => {
    expect(await failureOf(getNodeInfo(nodeInfo, null, [['xen', {}]]))).to.be.instanceOf(
      HypervisorError,
    );
  });

  it('measures the storage units, in order', async () => {
    const [, storage] = await getNodeInfo(
      nodeInfo,
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
    const error = await failureOf(getNodeInfo(nodeInfo, [['tape', 'x', []]], []));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.equal("Unknown storage type: 'tape'");
  });

  it('fails when the boot id cannot be read', async () => {
    await rm(join(root, 'sys/kernel/random/boot_id'));
    expect((await failureOf(getNodeInfo(nodeInfo, null, null))).message).to.equal(
      "Can't read the boot id: No such file or directory",
    );
  });
});
