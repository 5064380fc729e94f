import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { renewKeys } from '../../../../src/node/ssh/key-renewal.js';
import {
  addPublicKey,
  allPublicKeys,
  removePublicKeys,
} from '../../../../src/node/ssh/public-keys.js';
import { failureOf } from '../../storage/fixtures.js';
import { MasterFixture, type Sent } from './fixtures.js';

const OLD = {
  u1: 'ssh-dss OLD1 root@node1',
  u2: 'ssh-dss OLD2 root@node2',
  u3: 'ssh-dss OLD3 root@node3',
};
const REQUEST = {
  nodes: [
    { uuid: 'u1', name: 'node1' },
    { uuid: 'u2', name: 'node2' },
    { uuid: 'u3', name: 'node3' },
  ],
  masterCandidateUuids: ['u1', 'u2'],
  candidates: ['node1', 'node2', 'node3'],
  oldType: 'dsa',
  newType: 'rsa',
  newBits: 2048,
} as const;

describe('renewKeys', () => {
  let master: MasterFixture;
  /** The key of each node as it has it itself. */
  let remote: Record<string, string>;
  beforeEach(async () => {
    master = await MasterFixture.create();
    remote = { node2: OLD.u2, node3: OLD.u3 };
    master.answer = (sent) => answer(sent);
    await master.list(OLD);
    await writeFile(join(master.root, '.ssh/id_dsa'), 'old private');
    await writeFile(join(master.root, '.ssh/id_dsa.pub'), `${OLD.u1}\n`);
    await writeFile(master.authorizedKeys, `${OLD.u1}\n${OLD.u2}\nssh-rsa ADMIN\n`);
  });
  afterEach(() => master.remove());

  /** What ssh-update and cat would do there. */
  async function answer({ node, command, update }: Sent): Promise<string> {
    if (command.startsWith('cat ')) return `${remote[node] ?? ''}\n`;
    if (update?.generate === undefined) return '';
    const [type, , suffix] = update.generate;
    const key = `ssh-rsa NEW${node.slice(-1)} root@${node}`;
    if (node === 'node1') {
      await writeFile(join(master.root, `.ssh/id_${type}${suffix}`), 'new private');
      await writeFile(join(master.root, `.ssh/id_${type}${suffix}.pub`), `${key}\n`);
    }
    remote[node] = key;
    return '';
  }

  it('gives every node a new key, and lets nobody in with an old one', async () => {
    expect(await renewKeys(master, REQUEST)).to.deep.equal([]);
    expect(await allPublicKeys(master.dataDir)).to.deep.equal({
      u2: ['ssh-rsa NEW2 root@node2'],
      u3: ['ssh-rsa NEW3 root@node3'],
      u1: ['ssh-rsa NEW1 root@node1'],
    });
    expect(await readFile(master.authorizedKeys, 'utf8')).to.equal(
      'ssh-rsa ADMIN\nssh-rsa NEW2 root@node2\nssh-rsa NEW1 root@node1\n',
    );
  });

  it('puts the master’s new key in the place of the old one, and keeps a copy of that', async () => {
    await renewKeys(master, REQUEST);
    const names = await readdir(join(master.root, '.ssh'));
    expect(names.filter((name) => !name.includes('backup'))).to.have.members([
      'authorized_keys',
      'id_rsa',
      'id_rsa.pub',
    ]);
    expect(names.filter((name) => name.startsWith('id_dsa.backup-'))).to.have.lengthOf(1);
    expect(await readFile(join(master.root, '.ssh/id_rsa'), 'utf8')).to.equal('new private');
  });

  it('generates with the old keys of other nodes gone first, the master’s last', async () => {
    await renewKeys(master, REQUEST);
    const story = master.sent
      .filter(({ update }) => update?.generate !== undefined)
      .map(({ node, update }) => [node, update?.generate]);
    expect(story).to.deep.equal([
      ['node2', ['rsa', 2048, '']],
      ['node3', ['rsa', 2048, '']],
      ['node1', ['rsa', 2048, '_master_tmp']],
    ]);
    expect(removals()).to.have.deep.members([
      ['node3', { u2: [OLD.u2] }],
      ['node2', { u2: [OLD.u2] }],
      ['node3', { u3: [OLD.u3] }],
      ['node2', { u1: [OLD.u1] }],
      ['node3', { u1: [OLD.u1] }],
    ]);
  });

  it('makes candidates forget each other’s old keys', async () => {
    await renewKeys(master, { ...REQUEST, masterCandidateUuids: ['u1', 'u2', 'u3'] });
    expect(removals()).to.deep.include(['node2', { u3: [OLD.u3] }]);
    expect(removals()).to.deep.include(['node3', { u2: [OLD.u2] }]);
  });

  /** Which keys each node was told to let in no longer. */
  function removals() {
    return master.sent
      .filter(({ update }) => update?.authorized_keys?.[0] === 'remove')
      .map(({ node, update }) => [node, update?.authorized_keys?.[1]]);
  }

  it('keeps a key that a node shares with the master until the end', async () => {
    await removePublicKeys(master.dataDir, 'u2');
    await addPublicKey(master.dataDir, 'u2', OLD.u1);
    remote['node2'] = OLD.u1;
    await renewKeys(master, REQUEST);
    expect(removals()).to.have.deep.members([
      ['node2', { u2: [] }],
      ['node3', { u3: [OLD.u3] }],
      ['node2', { u1: [OLD.u1] }],
      ['node3', { u1: [OLD.u1] }],
    ]);
  });

  it('fails before anything is changed when it knows too little', async () => {
    const failing = async (request: typeof REQUEST) =>
      (await failureOf(renewKeys(master, request))).message;
    expect(await failing({ ...REQUEST, nodes: REQUEST.nodes.slice(1) as never })).to.match(
      /^No \(unique\) master UUID found\. Master node name: 'node1'/,
    );
    await removePublicKeys(master.dataDir, 'u3');
    expect(await failing(REQUEST)).to.equal(
      'No public key of node node3 (UUID u3) found, not generating a new key.',
    );
    expect(master.sent.filter(({ update }) => update !== undefined)).to.be.empty;
  });

  it('says which node’s new key cannot be fetched', async () => {
    master.answer = async (sent) => {
      if (sent.command.startsWith('cat ') && sent.command.includes('rsa'))
        throw Object.assign(new Error('lost'), { name: 'Other' });
      return answer(sent);
    };
    expect((await failureOf(renewKeys(master, REQUEST))).message).to.equal(
      'Could not fetch key of node node2 (UUID u2)',
    );
  });
});
