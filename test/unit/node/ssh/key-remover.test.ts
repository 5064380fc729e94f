import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type RemovedNode, removeKeys } from '../../../../src/node/ssh/key-remover.js';
import { allPublicKeys, removePublicKeys } from '../../../../src/node/ssh/public-keys.js';
import { failureOf } from '../../storage/fixtures.js';
import { recordedParams } from '../fixtures.js';
import { MasterFixture } from './fixtures.js';

const KEYS = {
  u1: 'ssh-rsa AAAA root@node1',
  u2: 'ssh-rsa BBBB root@node2',
  u3: 'ssh-rsa CCCC root@node3',
};
const NODE2: RemovedNode = {
  uuid: 'u2',
  name: 'node2',
  fromAuthorizedKeys: true,
  fromPublicKeys: true,
  clearsAuthorizedKeys: true,
  clearsPublicKeys: true,
};
const NOTHING = {
  fromAuthorizedKeys: false,
  fromPublicKeys: false,
  clearsAuthorizedKeys: false,
  clearsPublicKeys: false,
};
const OPTIONS = { masterCandidateUuids: ['u1', 'u2'], candidates: ['node1', 'node2', 'node3'] };

describe('removeKeys', () => {
  let master: MasterFixture;
  beforeEach(async () => {
    master = await MasterFixture.create();
    await master.list(KEYS);
    await writeFile(master.authorizedKeys, `${KEYS.u1}\n${KEYS.u2}\n`);
  });
  afterEach(() => master.remove());

  it('makes this node, all others, and then the node itself forget', async () => {
    expect(await removeKeys(master, [NODE2], OPTIONS)).to.deep.equal([]);
    expect(await readFile(master.authorizedKeys, 'utf8')).to.equal(`${KEYS.u1}\n`);
    expect(await allPublicKeys(master.dataDir)).to.have.keys('u1', 'u3');
    expect(master.updatesByNode()).to.deep.equal({
      node3: {
        authorized_keys: ['remove', { u2: [KEYS.u2] }],
        public_keys: ['remove', { u2: [KEYS.u2] }],
      },
      node2: {
        authorized_keys: ['remove', { u1: [KEYS.u1] }],
        public_keys: ['clear', {}],
      },
    });
  });

  it('does not speak of public keys to nodes that keep none', async () => {
    await removeKeys(master, [NODE2], { ...OPTIONS, candidates: ['node1'] });
    expect(master.updatesByNode()['node3']).to.deep.equal({
      authorized_keys: ['remove', { u2: [KEYS.u2] }],
    });
  });

  it('can remove a candidate’s key only, and leave the node alone', async () => {
    const node = { ...NODE2, ...NOTHING, fromAuthorizedKeys: true };
    await removeKeys(master, [node], OPTIONS);
    expect(master.updatesByNode()).to.have.all.keys('node3');
    expect(await allPublicKeys(master.dataDir)).to.have.keys('u1', 'u2', 'u3');
  });

  it('says which nodes could not be changed, and goes on', async () => {
    master.answer = () => new Error('no route');
    const errors = await removeKeys(master, [NODE2], OPTIONS);
    expect(errors.map(([node]) => node)).to.deep.equal(['node3', 'node2']);
    expect(errors[0]?.[1]).to.match(/^When removing the key of node 'node2', updating the SSH key/);
    expect(errors[1]?.[1]).to.match(/^Removing SSH keys from node 'node2' failed\. /);
    expect(await allPublicKeys(master.dataDir)).to.have.keys('u1', 'u3');
  });

  it('refuses what it cannot do, in Ganeti’s words', async () => {
    const failing = async (node: RemovedNode) =>
      (await failureOf(removeKeys(master, [node], OPTIONS))).message;
    expect(await failing({ ...NODE2, ...NOTHING })).to.equal(
      'No removal from any key file was requested.',
    );
    expect(await failing({ ...NODE2, uuid: 'u1', name: 'node1' })).to.equal(
      "Cannot remove the master node's keys.",
    );
    const [, [uuid]] = recordedParams('node_ssh_key_remove') as [unknown, [string]];
    expect(await failing({ ...NODE2, uuid })).to.equal(
      `Node '${uuid}' not found in the list of public SSH keys. It seems someone tries to remove a key from outside the cluster!`,
    );
    expect(master.sent).to.be.empty;
  });

  it('forgives an unknown key when the node is about to be added again', async () => {
    await removePublicKeys(master.dataDir, 'u2');
    expect(await removeKeys(master, [NODE2], { ...OPTIONS, isReadd: true })).to.be.empty;
    expect(master.updatesByNode()).to.have.all.keys('node2');
  });

  it('keeps the keys that it is told to keep', async () => {
    await removeKeys(master, [NODE2], { ...OPTIONS, keptKeys: [KEYS.u2] });
    expect(await readFile(master.authorizedKeys, 'utf8')).to.contain(KEYS.u2);
  });
});
