import { checkBridges } from '../../node/machine/bridges.js';
import { configureOvs } from '../../node/machine/open-vswitch.js';
import type { CommandRunner } from '../../system/command/command.js';
import type { NetworkDoor } from '../../system/network/network.js';
import type { SystemDirs } from '../../system/proc/system-dirs.js';
import { done, type SomeCallRows } from '../call-row.js';

export interface NetworkCallNeeds {
  readonly commands: CommandRunner;
  readonly network: Pick<NetworkDoor, 'ownsAddress'>;
  readonly systemDirs: SystemDirs;
}

export const networkCalls = ({ commands, network, systemDirs }: NetworkCallNeeds) =>
  ({
    node_configure_ovs: {
      lock: ([name, link]) => [`switch ${name}`, ...(link ? [`interface ${link}`] : [])],
      run: ([name, link]) => done(configureOvs(commands, name, link)),
    },
    node_has_ip_address: {
      run: ([address]) => network.ownsAddress(address),
    },
    bridges_exist: {
      run: ([names]) => done(checkBridges(systemDirs, names)),
    },
  }) satisfies SomeCallRows;
