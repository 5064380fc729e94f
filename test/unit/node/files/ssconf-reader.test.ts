import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Ssconf, SsconfError } from '../../../../src/node/files/ssconf-reader.js';
import { recordedParams } from '../fixtures.js';

describe('Ssconf', () => {
  let dataDir: string;
  let ssconf: Ssconf;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    ssconf = new Ssconf({ dataDir });
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  async function write(files: Record<string, string>): Promise<void> {
    for (const [key, text] of Object.entries(files))
      await writeFile(join(dataDir, `ssconf_${key}`), text);
  }

  it('reads what a master has written', async () => {
    const [[values] = []] = recordedParams('write_ssconf_files');
    const files = Object.entries(values as Record<string, string | string[]>);
    await write(
      Object.fromEntries(files.map(([key, value]) => [key, `${[value].flat().join('\n')}\n`])),
    );
    expect(ssconf.clusterName()).to.equal('cluster.lab.test');
    expect(ssconf.masterNode()).to.equal('node1.lab.test');
    expect(ssconf.nodeList()).to.include('node1.lab.test');
    expect(ssconf.onlineNodes()).to.include('node1.lab.test');
    expect(ssconf.sshPorts().get('node1.lab.test')).to.equal(22);
    expect(ssconf.isIpv6()).to.be.false;
    expect(ssconf.nodeAddresses().map(({ node }) => node)).to.include('node1.lab.test');
    for (const { address } of ssconf.nodeAddresses()) expect(isIP(address)).to.equal(4);
  });

  it('knows the addresses of both kinds', async () => {
    await write({
      node_primary_ips: 'a 10.0.0.1\nb 10.0.0.2\n',
      node_secondary_ips: 'b fd00::2\n',
    });
    expect(ssconf.nodeAddresses()).to.deep.equal([
      { node: 'a', address: '10.0.0.1' },
      { node: 'b', address: '10.0.0.2' },
      { node: 'b', address: 'fd00::2' },
    ]);
    await write({ node_secondary_ips: 'b\n' });
    expect(() => ssconf.nodeAddresses()).to.throw(SsconfError, 'node_secondary_ips is not valid');
  });

  it('follows a file that changes', async () => {
    await write({ master_node: 'node1\n' });
    expect(ssconf.masterNode()).to.equal('node1');
    await write({ master_node: 'node2\n' });
    expect(ssconf.masterNode()).to.equal('node2');
  });

  it('knows the last moments of a cluster, which has no master then', async () => {
    await write({ master_node: 'NO MASTER\n' });
    expect(ssconf.masterNode()).to.equal('NO MASTER');
  });

  it('fails clearly when a file is missing, and takes IPv4 for granted', () => {
    expect(() => ssconf.masterNode()).to.throw(
      SsconfError,
      `Can't read ssconf file ${dataDir}/ssconf_master_node: No such file or directory`,
    );
    expect(ssconf.isIpv6()).to.be.false;
  });

  it('knows IPv6', async () => {
    await write({ primary_ip_family: '10\n' });
    expect(ssconf.isIpv6()).to.be.true;
  });

  it('knows no nodes from an empty list', async () => {
    await write({ node_list: '', ssh_ports: '' });
    expect(ssconf.nodeList()).to.be.empty;
    expect(ssconf.sshPorts()).to.be.empty;
  });

  for (const text of ['node1', 'node1=', '=22', 'node1=22=22', 'node1=twentytwo', 'no de=22'])
    it(`refuses ports like ${JSON.stringify(text)}`, async () => {
      await write({ ssh_ports: `node0=22\n${text}\n` });
      expect(() => ssconf.sshPorts()).to.throw(SsconfError, 'is not valid');
    });

  it('refuses a name that is none, and a file that is too large', async () => {
    await write({ master_node: '\n', cluster_name: 'x'.repeat(200_000) });
    expect(() => ssconf.masterNode()).to.throw(SsconfError, 'is not valid');
    expect(() => ssconf.clusterName()).to.throw(SsconfError, 'larger than');
  });
});
