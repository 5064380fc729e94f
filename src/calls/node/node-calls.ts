import { HypervisorError } from '../../base/errors.js';
import { rpcFailureOf, translate } from '../../base/translate.js';
import type { SpokenVersion } from '../../ganeti/ganeti.js';
import type { HypervisorRegistry } from '../../hypervisor/registry.js';
import { getNodeInfo, type NodeInfoParts } from '../../node/machine/node-info.js';
import type { NodePower } from '../../node/machine/node-power.js';
import { testDelay } from '../../node/machine/test-delay.js';
import type { SomeCallRows } from '../call-row.js';

export interface NodeCallNeeds extends NodeInfoParts {
  readonly ganeti: SpokenVersion;
  readonly hypervisors: HypervisorRegistry;
  readonly nodePower: NodePower;
}

export const nodeCalls = (needs: NodeCallNeeds) => {
  const { ganeti, hypervisors, nodePower } = needs;
  return {
    version: {
      run: () => ganeti.version().protocol,
    },
    node_info: {
      run: ([storageUnits, hvSpecs]) => getNodeInfo(needs, storageUnits, hvSpecs),
    },
    node_powercycle: {
      run: ([name, hvparams]) => {
        const hypervisor = hypervisors.get(name);
        return nodePower.schedulePowercycle(() => hypervisor.powercycleNode(hvparams));
      },
    },
    hypervisor_validate_params: {
      run: ([name, hvparams]) =>
        translate(
          HypervisorError,
          (error) => rpcFailureOf(error),
          async () => {
            const hypervisor = hypervisors.get(name);
            hypervisor.checkParameterSyntax(hvparams);
            await hypervisor.validateParameters(hvparams);
            return null;
          },
        ),
    },
    hypervisor_verify: {
      run: ([name, hvparams]) => hypervisors.get(name).verify(hvparams),
    },
    test_delay: {
      run: ([durationSeconds]) => testDelay(durationSeconds),
    },
  } satisfies SomeCallRows;
};
