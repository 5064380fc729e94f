import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  type EtcHostsParts,
  modifyEtcHosts,
  withEntry,
  withoutNames,
} from '../../../../src/node/files/etc-hosts.js';
import { failureOf } from '../../storage/fixtures.js';
import { recordedParams } from '../fixtures.js';

const HOSTS = `# names
127.0.0.1\tlocalhost
10.99.0.1 node1.lab.test node1   # the first

 10.99.0.2  old.lab.test old
#10.99.0.2 node2
10.99.0.2 older
`;

describe('withEntry', () => {
  it('replaces the first entry of the address and drops the others', () => {
    expect(withEntry(HOSTS, '10.99.0.2', 'node2.lab.test')).to.equal(`# names
127.0.0.1\tlocalhost
10.99.0.1 node1.lab.test node1   # the first

10.99.0.2\tnode2.lab.test node2
#10.99.0.2 node2
`);
  });

  it('keeps a comment', () => {
    expect(withEntry(HOSTS, '10.99.0.1', 'first')).to.include('10.99.0.1\tfirst # the first\n');
  });

  it('adds an address at the end, on a line of its own', () => {
    expect(withEntry('1.2.3.4 a', '1.2.3.40', 'b')).to.equal('1.2.3.4 a\n1.2.3.40\tb\n');
    expect(withEntry('', '::1', 'b.c')).to.equal('::1\tb.c b\n');
  });
});

describe('withoutNames', () => {
  it('removes names, and addresses that are left without one', () => {
    expect(withoutNames(HOSTS, ['old.lab.test', 'old', 'older'])).to.equal(`# names
127.0.0.1\tlocalhost
10.99.0.1 node1.lab.test node1   # the first

#10.99.0.2 node2
`);
    expect(withoutNames(HOSTS, ['node1'])).to.include('10.99.0.1 node1.lab.test # the first\n');
  });

  it('takes no word of a comment for a name', () => {
    expect(withoutNames(HOSTS, ['first', 'names', 'node2', '127.0.0.1'])).to.equal(HOSTS);
  });
});

describe('modifyEtcHosts', () => {
  let root: string;
  let path: string;
  let hosts: EtcHostsParts;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(root, 'hosts');
    hosts = { etcHosts: path };
    await writeFile(path, HOSTS);
    await chmod(path, 0o664);
  });
  afterEach(() => rm(root, { recursive: true }));

  it('does what was recorded, and keeps the mode', async () => {
    const [[, host, ip] = []] = recordedParams('etc_hosts_modify');
    expect(await modifyEtcHosts(hosts, 'add', String(host), String(ip))).to.be.true;
    expect(await readFile(path, 'utf8')).to.include('10.99.0.2\tnode2.lab.test node2\n');
    expect((await stat(path)).mode & 0o777).to.equal(0o664);
  });

  it('removes a host and its short name', async () => {
    expect(await modifyEtcHosts(hosts, 'remove', 'node1.lab.test', null)).to.be.true;
    expect(await readFile(path, 'utf8')).not.to.include('10.99.0.1');
  });

  it('makes a missing table', async () => {
    await rm(path);
    await modifyEtcHosts(hosts, 'add', 'a.b', '::1');
    expect(await readFile(path, 'utf8')).to.equal('::1\ta.b a\n');
  });

  it('refuses what cannot be', async () => {
    for (const [mode, host, ip] of [
      ['add', 'a', null],
      ['add', 'a', ''],
      ['remove', 'a', '1.2.3.4'],
      ['add', 'a', '1.2.3'],
      ['add', 'a', '1.2.3.4\n5.6.7.8'],
      ['add', 'a b', '1.2.3.4'],
      ['add', 'a\n5.6.7.8 b', '1.2.3.4'],
      ['add', '', '1.2.3.4'],
      ['remove', '#', null],
    ] as const)
      await failureOf(modifyEtcHosts(hosts, mode, host, ip));
    expect(await readFile(path, 'utf8')).to.equal(HOSTS);
  });
});
