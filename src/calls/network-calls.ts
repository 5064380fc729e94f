import { done, type CallRows } from './call-table.js';

export const NETWORK_CALLS: CallRows<
  'node_configure_ovs' | 'node_has_ip_address' | 'bridges_exist'
> = {
  node_configure_ovs: {
    lock: ([name]) => `switch ${name}`,
    handle: ({ openVswitch }, [name, link]) => done(openVswitch.configure(name, link)),
  },
  node_has_ip_address: {
    handle: ({ network }, [address]) => network.ownsAddress(address),
  },
  bridges_exist: {
    handle: ({ bridges }, [names]) => done(bridges.check(names)),
  },
};
