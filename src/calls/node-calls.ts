import { HypervisorError, RpcFailure } from '../errors.js';
import { testDelay } from '../node/test-delay.js';
import type { CallRows } from './call-table.js';

export const NODE_CALLS: CallRows<
  | 'version'
  | 'node_info'
  | 'node_powercycle'
  | 'hypervisor_validate_params'
  | 'hypervisor_verify'
  | 'test_delay'
> = {
  version: {
    handle: ({ ganeti }) => ganeti.version().protocol,
  },
  node_info: {
    handle: ({ nodeInfo }, [storageUnits, hvSpecs]) => nodeInfo.get(storageUnits, hvSpecs),
  },
  node_powercycle: {
    handle: ({ hypervisors, nodePower }, [name, hvparams]) => {
      const hypervisor = hypervisors.get(name);
      return nodePower.schedulePowercycle(() => hypervisor.powercycleNode(hvparams));
    },
  },
  hypervisor_validate_params: {
    handle: async ({ hypervisors }, [name, hvparams]) => {
      try {
        const hypervisor = hypervisors.get(name);
        hypervisor.checkParameterSyntax(hvparams);
        await hypervisor.validateParameters(hvparams);
        return null;
      } catch (error) {
        if (!(error instanceof HypervisorError)) throw error;
        throw new RpcFailure(error.message, { kind: error.kind, cause: error });
      }
    },
  },
  hypervisor_verify: {
    handle: ({ hypervisors }, [name, hvparams]) => hypervisors.get(name).verify(hvparams),
  },
  test_delay: {
    handle: (_services, [durationSeconds]) => testDelay(durationSeconds),
  },
};
