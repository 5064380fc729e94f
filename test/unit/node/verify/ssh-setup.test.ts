import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { SshNodeStatus } from '../../../../src/generated/objects.js';
import { addAuthorizedKeys } from '../../../../src/node/ssh/authorized-keys.js';
import {
  addPublicKey,
  publicKeysFile,
  removePublicKeys,
} from '../../../../src/node/ssh/public-keys.js';
import { sshClutter, verifySshSetup } from '../../../../src/node/verify/ssh-setup.js';
import { MasterFixture } from '../ssh/fixtures.js';

const KEYS = {
  u1: 'ssh-rsa AAAA root@node1',
  u2: 'ssh-rsa BBBB root@node2',
  u3: 'ssh-rsa CCCC root@node3',
};
/** Two candidates, one node that may become one, one that may not, and one that is offline. */
const NODES: SshNodeStatus[] = [
  ['u1', 'node1', true, true, true],
  ['u2', 'node2', true, true, true],
  ['u3', 'node3', false, true, true],
  ['u4', 'node4', false, false, true],
  ['u5', 'node5', true, true, false],
];

describe('The setup of SSH', () => {
  let master: MasterFixture;
  let verify: (nodes?: SshNodeStatus[] | null, name?: string) => Promise<string[]>;
  beforeEach(async () => {
    master = await MasterFixture.create();
    verify = (nodes = NODES, name = 'node1') => verifySshSetup(master, nodes, 'rsa', name);
    await master.list(KEYS);
    await writeFile(master.authorizedKeys, `${KEYS.u1}\n${KEYS.u2}\n`);
    await writeFile(join(master.root, '.ssh/id_rsa.pub'), `${KEYS.u1}\n`);
  });
  afterEach(() => master.remove());

  it('is content with a setup that is as it should be', async () => {
    expect(await verify()).to.deep.equal([]);
  });

  it('needs to know the nodes, and its own place among them', async () => {
    expect(await verify(null)).to.deep.equal([
      'No node list to check against the pub_key_file received.',
    ]);
    expect(await verify(NODES, 'node9')).to.deep.equal([
      "Cannot find node information for node 'node9'.",
    ]);
  });

  it('misses the list of public keys', async () => {
    await rm(publicKeysFile(master.dataDir));
    expect(await verify()).to.deep.equal([
      `The public key file '${publicKeysFile(master.dataDir)}' does not exist. Consider running 'gnt-cluster renew-crypto --new-ssh-keys [--no-ssh-key-check]' to fix this.`,
    ]);
  });

  it('compares the list of public keys with the nodes', async () => {
    await removePublicKeys(master.dataDir, 'u3');
    await addPublicKey(master.dataDir, 'u9', 'ssh-rsa IIII');
    const path = `node1:${publicKeysFile(master.dataDir)}`;
    expect(await verify()).to.deep.equal([
      `The following node UUIDs are listed in the shared public keys file ${path}, but are not potential master candidates: u9.`,
      `The following node UUIDs of potential master candidates are missing in the shared public keys file ${path}: u3.`,
    ]);
  });

  it('compares the node’s own key with the list', async () => {
    const path = join(master.root, '.ssh/id_rsa.pub');
    await writeFile(path, 'ssh-rsa OTHER root@node1\n');
    await addPublicKey(master.dataDir, 'u1', 'ssh-dss MORE');
    await writeFile(master.authorizedKeys, `${KEYS.u1}\n${KEYS.u2}\nssh-dss MORE\n`);
    expect(await verify()).to.deep.equal([
      `The key for node node1 in the cluster config does not match this node's key in the node public key file node1:${path}.`,
      `There is more than one key for node node1 in the node public key file node1:${path}.`,
    ]);
    await rm(path);
    expect((await verify())[0]).to.equal(
      `The node public key file node1:${path} cannot be read: No such file or directory.`,
    );
  });

  it('checks who may log in', async () => {
    await writeFile(master.authorizedKeys, `${KEYS.u1}\n${KEYS.u3}\n`);
    expect(await verify()).to.deep.equal([
      "A SSH key of master candidate 'node2' (UUID: 'u2') is not in the 'authorized_keys' file of node 'node1'.",
      "A SSH key of normal node 'node3' (UUID: 'u3') is in the 'authorized_keys' file of node 'node1'.",
    ]);
  });

  it('wants the list empty on a node that may not become a candidate', async () => {
    expect((await verify(NODES, 'node4'))[0]).to.equal(
      `The public key file node4:${publicKeysFile(master.dataDir)} is not empty, although the node is not a potential master candidate.`,
    );
    await writeFile(publicKeysFile(master.dataDir), '');
    expect(await verify(NODES, 'node4')).to.deep.equal([]);
  });

  it('finds hosts with more than one key', async () => {
    expect(await sshClutter(master, NODES, 'node1')).to.deep.equal([]);
    await addAuthorizedKeys(master, ['ssh-rsa ZZZZ root@node2']);
    const [problem, ...others] = await sshClutter(master, NODES, 'node1');
    expect(others).to.be.empty;
    expect(problem).to.match(/file of node node1\. .*Entry for 'root@node2' in lines 2, 3\. $/);
  });
});
