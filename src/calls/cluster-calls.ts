import { RpcFailure } from '../errors.js';
import { SsconfError, type Ssconf } from '../node/ssconf.js';
import { done, type CallRows } from './call-table.js';

const MASTER_DAEMONS_LOCK = 'master daemons';
const MASTER_IP_LOCK = 'master ip';
const MEMBERSHIP_LOCK = 'cluster membership';

/** What makes a node a member of its cluster, and one member the master. */
export const CLUSTER_CALLS: CallRows<
  | 'node_verify'
  | 'node_verify_light'
  | 'node_start_master_daemons'
  | 'node_stop_master'
  | 'node_activate_master_ip'
  | 'node_deactivate_master_ip'
  | 'node_change_master_netmask'
  | 'node_leave_cluster'
  | 'node_demote_from_mc'
  | 'node_crypto_tokens'
  | 'node_ensure_daemon'
  | 'master_node_name'
> = {
  node_verify: {
    handle: ({ nodeVerifier }, [request, clusterName, hvparams]) =>
      nodeVerifier.verify(request, clusterName, hvparams),
  },
  node_verify_light: {
    handle: ({ nodeVerifier }, [request, clusterName, hvparams]) =>
      nodeVerifier.verify(request, clusterName, hvparams),
  },
  node_start_master_daemons: {
    lock: () => MASTER_DAEMONS_LOCK,
    handle: ({ daemonUtil }, [hasNoVoting]) => done(daemonUtil.startMaster(hasNoVoting)),
  },
  node_stop_master: {
    lock: () => MASTER_DAEMONS_LOCK,
    handle: ({ daemonUtil }) => done(daemonUtil.stopMaster()),
  },
  node_activate_master_ip: {
    lock: () => MASTER_IP_LOCK,
    handle: ({ masterIp }, [network, isExternalScript]) =>
      done(masterIp.activate(network, isExternalScript)),
  },
  node_deactivate_master_ip: {
    lock: () => MASTER_IP_LOCK,
    handle: ({ masterIp }, [network, isExternalScript]) =>
      done(masterIp.deactivate(network, isExternalScript)),
  },
  node_change_master_netmask: {
    lock: () => MASTER_IP_LOCK,
    handle: ({ masterIp }, [oldNetmask, netmask, address, netdev]) =>
      done(masterIp.changeNetmask({ oldNetmask, netmask, address, netdev })),
  },
  node_leave_cluster: {
    lock: () => MEMBERSHIP_LOCK,
    handle: ({ clusterExit }, [isSshSetupModified]) => clusterExit.leave(isSshSetupModified),
  },
  node_demote_from_mc: {
    lock: () => MEMBERSHIP_LOCK,
    handle: ({ masterCandidate }) => done(masterCandidate.demote()),
  },
  node_crypto_tokens: {
    lock: () => MEMBERSHIP_LOCK,
    handle: ({ cryptoTokens }, [requests]) => cryptoTokens.get(requests),
  },
  node_ensure_daemon: {
    lock: ([daemon]) => `daemon ${daemon}`,
    handle: ({ daemonUtil }, [daemon, shouldRun]) => daemonUtil.ensure(daemon, shouldRun),
  },
  master_node_name: {
    handle: ({ ssconf }) => masterName(ssconf),
  },
};

/** Ganeti: backend.GetMasterNodeName */
function masterName(ssconf: Pick<Ssconf, 'masterNode'>): string {
  try {
    return ssconf.masterNode();
  } catch (error) {
    if (!(error instanceof SsconfError)) throw error;
    throw new RpcFailure(`Cluster configuration incomplete: ${error.message}`, { cause: error });
  }
}
