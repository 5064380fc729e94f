import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type AddedNode, addKeys } from '../../../../src/node/ssh/key-adder.js';
import { allPublicKeys } from '../../../../src/node/ssh/public-keys.js';
import { SshUpdateError } from '../../../../src/node/ssh/update-error.js';
import { failureOf } from '../../storage/fixtures.js';
import { MasterFixture } from './fixtures.js';

const KEYS = { u1: 'ssh-rsa AAAA root@node1', u2: 'ssh-rsa BBBB root@node2' };
const NODE2: AddedNode = {
  uuid: 'u2',
  name: 'node2',
  toAuthorizedKeys: true,
  toPublicKeys: true,
  getsPublicKeys: true,
};

describe('addKeys', () => {
  let master: MasterFixture;
  beforeEach(async () => {
    master = await MasterFixture.create();
  });
  afterEach(() => master.remove());

  it('makes the key known here, to its node, and to all nodes online', async () => {
    await master.list({ u1: KEYS.u1, node2: KEYS.u2 });
    expect(await addKeys(master, [NODE2], ['node1', 'node2'])).to.deep.equal([]);
    expect(await allPublicKeys(master.dataDir)).to.deep.equal({ u1: [KEYS.u1], u2: [KEYS.u2] });
    expect(await readFile(master.authorizedKeys, 'utf8')).to.equal(`${KEYS.u2}\n`);
    const [first, ...rest] = master.sent;
    expect(first?.node).to.equal('node2');
    expect(first?.command).to.equal('/bin/sh -c /usr/lib/ganeti/ssh-update');
    expect(first?.update).to.deep.include({
      cluster_name: 'cluster',
      public_keys: ['override', { u1: [KEYS.u1], u2: [KEYS.u2] }],
    });
    expect(first?.update?.['node_daemon_certificate']).to.match(/^-----BEGIN CERTIFICATE-----\n/);
    expect(rest.map(({ node }) => node)).to.have.members(['node2', 'node3']);
    const letIn = { authorized_keys: ['add', { u2: [KEYS.u2] }] };
    expect(master.updatesByNode()).to.deep.equal({
      node2: { ...letIn, public_keys: ['replace_or_add', { u2: [KEYS.u2] }] },
      node3: letIn,
    });
  });

  it('tells only those that keep public keys of a node that may not log in', async () => {
    await master.list(KEYS);
    await addKeys(
      master,
      [{ ...NODE2, toAuthorizedKeys: false, getsPublicKeys: false }],
      ['node2'],
    );
    expect(master.updatesByNode()).to.deep.equal({
      node2: { public_keys: ['replace_or_add', { u2: [KEYS.u2] }] },
    });
  });

  it('refuses a node whose key is not known', async () => {
    await master.list({ u1: KEYS.u1 });
    const error = await failureOf(addKeys(master, [NODE2], []));
    expect(error).to.be.instanceOf(SshUpdateError);
    expect(error.message).to.equal(
      "No keys found for the new node 'node2' (UUID u2) in the list of public SSH keys, neither for the name or the UUID",
    );
    const unlisted = { ...NODE2, toPublicKeys: false };
    expect((await failureOf(addKeys(master, [unlisted], []))).message).to.match(/^No keys found/);
    expect(master.sent).to.be.empty;
  });

  it('tries three times, and takes the key back when its node cannot be changed', async () => {
    await master.list(KEYS);
    master.answer = () => new Error('Permission denied');
    expect((await failureOf(addKeys(master, [NODE2], ['node2']))).message).to.equal(
      "Error after 3 retries. Last exception: Command '/usr/lib/ganeti/ssh-update' failed: exited with exit code 255 (Permission denied).",
    );
    expect(master.sent).to.have.lengthOf(3);
    expect(await allPublicKeys(master.dataDir)).to.deep.equal({ u1: [KEYS.u1] });
  });

  it('goes on when another node cannot be changed, and says which', async () => {
    await master.list(KEYS);
    master.answer = ({ node }) => (node === 'node3' ? new Error('no route') : '');
    const [error, ...others] = await addKeys(master, [NODE2], ['node2', 'node3']);
    expect(others).to.be.empty;
    expect(error?.[0]).to.equal('node3');
    expect(error?.[1]).to.match(/^When adding the key of node 'node2', updating .* 'node3' failed/);
  });

  it('forgives a node that fails once', async () => {
    await master.list(KEYS);
    let failures = 1;
    master.answer = () => (failures-- > 0 ? new Error('again') : '');
    expect(await addKeys(master, [NODE2], [])).to.be.empty;
  });
});
