import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { NodeAddresses } from '../../../../src/rpc/peers/node-addresses.js';

describe('NodeAddresses.has', () => {
  let directory: string;
  let primary: string;
  let addresses: NodeAddresses;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'addresses-'));
    primary = join(directory, 'primary');
    const secondary = join(directory, 'secondary');
    writeFileSync(secondary, 'node1 192.168.0.1\nnode2 192.168.0.2\n');
    addresses = new NodeAddresses([primary, secondary]);
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('knows the addresses of nodes, of either kind, and follows their files', () => {
    expect(addresses.has('10.0.0.1')).to.be.false;
    writeFileSync(primary, 'node1 10.0.0.1\nnode2 2001:db8::2');
    for (const address of ['10.0.0.1', '2001:db8::2', '192.168.0.2'])
      expect(addresses.has(address)).to.be.true;
    for (const address of ['10.0.0.2', 'node1', '', '192.168.0'])
      expect(addresses.has(address)).to.be.false;
  });

  it('counts this machine among them', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '::1'])
      expect(addresses.has(address)).to.be.true;
  });

  it("knows fewer when a file makes no sense or can't be read", () => {
    for (const path of ['garbage', '\0\0\0 \0\n10.0.0.1']) writeFileSync(primary, path);
    expect(addresses.has('10.0.0.1')).to.be.false;
    const unreadable = new NodeAddresses([directory, primary]);
    writeFileSync(primary, 'node1 10.0.0.1');
    expect(unreadable.has('10.0.0.1')).to.be.true;
  });
});
