import type { Bridges } from '../../node/machine/bridges.js';
import type { OpenVswitch } from '../../node/machine/open-vswitch.js';
import type { NetworkDoor } from '../../system/network/network.js';
import { done, type SomeCallRows } from '../call-row.js';

export interface NetworkCallNeeds {
  readonly bridges: Bridges;
  readonly network: Pick<NetworkDoor, 'ownsAddress'>;
  readonly openVswitch: OpenVswitch;
}

export const networkCalls = ({ bridges, network, openVswitch }: NetworkCallNeeds) =>
  ({
    node_configure_ovs: {
      lock: ([name]) => `switch ${name}`,
      run: ([name, link]) => done(openVswitch.configure(name, link)),
    },
    node_has_ip_address: {
      run: ([address]) => network.ownsAddress(address),
    },
    bridges_exist: {
      run: ([names]) => done(bridges.check(names)),
    },
  }) satisfies SomeCallRows;
