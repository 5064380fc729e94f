import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { sshKeyOf } from '../cluster.js';
import type { ContractNode } from '../contract-node.js';
import type { Effects } from './effect.js';

/** The node as a member of its cluster. */
export const CLUSTER_EFFECTS: Effects = {
  node_activate_master_ip: (node) => {
    expect(node.ran).to.include('master-ip-setup start');
  },
  node_deactivate_master_ip: (node) => {
    expect(node.ran).to.include('master-ip-setup stop');
  },
  node_change_master_netmask: (node, [old, mask, address, netdev]) => {
    const where = (bits: unknown) =>
      `${String(address)}/${String(bits)} dev ${String(netdev)} label ${String(netdev)}:0`;
    expect(node.ran).to.include(`ip address add ${where(mask)}\nip address del ${where(old)}`);
  },
  node_configure_ovs: (node, [name, link]) => {
    expect(node.ran).to.include(`ovs-vsctl --may-exist add-br ${String(name)}`);
    if (link !== '') expect(node.ran).to.include(`add-port ${String(name)} ${String(link)}`);
  },
  node_start_master_daemons: (node) => {
    expect(node.ran).to.include('daemon-util start-master');
  },
  node_stop_master: (node) => {
    expect(node.ran).to.include('daemon-util stop-master');
  },
  node_ensure_daemon: (node, [daemon], isDone) => {
    expect(node.ran.includes(`daemon-util stop ${String(daemon)}`)).to.equal(isDone);
  },
  node_demote_from_mc: (node) => {
    const kept = readdirSync(node.relocated('/var/lib/ganeti'));
    expect(kept).not.to.include('config.data');
    expect(kept.filter((name) => name.startsWith('config.data.backup'))).to.have.lengthOf(1);
  },
  node_leave_cluster: (node) => {
    const left = readdirSync(node.relocated('/var/lib/ganeti'), { withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).to.be.empty;
    expect(node.ran).to.include('daemon-util stop ganeti-confd');
  },
  // A certificate that is there stays.
  node_crypto_tokens: (node) => {
    expect(existsSync(node.relocated('/var/lib/ganeti/client.pem'))).to.be.true;
  },
  node_ssh_key_add: (node, [uuid, name]) => {
    expect(authorizedKeys(node)).to.include(sshKeyOf(String(name)));
    expect(publicKeys(node)).to.include(`${String(uuid)} ${sshKeyOf(String(name))}\n`);
    expect(node.ran).to.match(/^ssh .* root@node\d\.lab\.test .*ssh-update/m);
  },
  node_ssh_key_remove: (node, [, name]) => {
    expect(authorizedKeys(node)).not.to.include(sshKeyOf(String(name)));
  },
  node_ssh_keys_renew: (node, [, names]) => {
    const [master = ''] = names as string[];
    const key = sshKeyOf(`new.${master}`);
    expect(readFileSync(node.relocated('/root/.ssh/id_rsa.pub'), 'utf8')).to.equal(`${key}\n`);
    expect(authorizedKeys(node)).to.include(key).and.not.to.include(sshKeyOf(master));
    expect(publicKeys(node)).to.include(key);
  },
};

function authorizedKeys(node: ContractNode): string {
  return readFileSync(node.relocated('/root/.ssh/authorized_keys'), 'utf8');
}

function publicKeys(node: ContractNode): string {
  return readFileSync(node.relocated('/var/lib/ganeti/ganeti_pub_keys'), 'utf8');
}
