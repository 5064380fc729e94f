import type { NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseOptions, UsageError } from '../../src/config/options.js';
import { explainListenFailure, listenAddress } from '../../src/listen-address.js';
import { FakeCommands } from '../support/fakes/fake-commands.js';

const COMMON = { netmask: '', mac: '', internal: false, cidr: null };
const IPV4: NetworkInterfaceInfo = { ...COMMON, family: 'IPv4', address: '192.0.2.1' };
const IPV6: NetworkInterfaceInfo = { ...COMMON, family: 'IPv6', address: 'fd00::1', scopeid: 0 };
const LINK: NetworkInterfaceInfo = { ...COMMON, family: 'IPv6', address: 'fe80::1', scopeid: 2 };
const INTERFACES: ReturnType<typeof networkInterfaces> = {
  both: [IPV4, LINK, IPV6],
  four: [IPV4, LINK],
  six: [LINK, IPV6],
  link: [LINK],
};

function hostOf(args: string, isIpv6: boolean): string {
  const options = parseOptions(args.split(' ').filter(Boolean));
  return listenAddress(
    options,
    () => isIpv6,
    () => INTERFACES,
  ).host;
}

describe('listenAddress', () => {
  const CASES: [args: string, inIpv4Cluster: string, inIpv6Cluster: string][] = [
    ['', '0.0.0.0', '::'],
    ['--no-ssl', '127.0.0.1', '::1'],
    ['-b 192.0.2.9', '192.0.2.9', '192.0.2.9'],
    ['-b fd00::9', 'fd00::9', 'fd00::9'],
    ['-i both', '192.0.2.1', 'fd00::1'],
    ['-i four', '192.0.2.1', '192.0.2.1'],
    ['-i six', 'fd00::1', 'fd00::1'],
  ];
  for (const [args, inIpv4Cluster, inIpv6Cluster] of CASES)
    it(`goes by the family of the cluster with ${args || 'no options'}`, () => {
      expect(hostOf(args, false)).to.equal(inIpv4Cluster);
      expect(hostOf(args, true)).to.equal(inIpv6Cluster);
    });

  for (const name of ['none', 'link'])
    it(`fails with an interface that has no address for others: ${name}`, () => {
      expect(() => hostOf(`-i ${name}`, true)).to.throw(
        UsageError,
        `Failed to find IP for interface ${name}`,
      );
    });
});

describe('explainListenFailure', () => {
  const explained = async (code: string, stdout = '') => {
    const commands = new FakeCommands(() => ({ stdout }));
    const error = Object.assign(new Error(`listen ${code}`), { code });
    const address = { host: '192.0.2.1', port: 1811 };
    return String(await explainListenFailure(error, address, commands));
  };

  it('names the program that has the port, and what to do', async () => {
    const line = (pid: number) =>
      `LISTEN 0 511 0.0.0.0:1811 0.0.0.0:* users:(("node",pid=${pid},fd=18),("node",pid=${pid},fd=19))\n`;
    expect(await explained('EADDRINUSE', line(12) + line(34))).to.equal(
      'UsageError: Port 1811 on 192.0.2.1 is in use by node (PID 12), node (PID 34): stop it, or choose another port with --port',
    );
    expect(await explained('EADDRINUSE')).to.contain('in use by another program');
  });

  it('names an address that this machine does not have', async () => {
    expect(await explained('EADDRNOTAVAIL')).to.contain(
      '192.0.2.1 is not an address of this machine',
    );
  });

  it('leaves other failures as they are', async () => {
    expect(await explained('EACCES')).to.equal('Error: listen EACCES');
  });
});
