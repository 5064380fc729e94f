import { RpcFailure } from '../../base/errors.js';
import {
  ensureDaemon,
  startMasterDaemons,
  stopMasterDaemons,
} from '../../node/daemons/daemon-util.js';
import { type Ssconf, SsconfError } from '../../node/files/ssconf-reader.js';
import { type ClusterExitParts, leaveCluster } from '../../node/membership/cluster-exit.js';
import { type CryptoTokensParts, getCryptoTokens } from '../../node/membership/crypto-tokens.js';
import {
  demoteFromCandidate,
  type MasterCandidateParts,
} from '../../node/membership/master-candidate.js';
import type { MasterIp } from '../../node/membership/master-ip.js';
import { type NodeVerifierParts, verifyNode } from '../../node/verify/node-verifier.js';
import { done, type SomeCallRows } from '../call-row.js';

const MASTER_DAEMONS_LOCK = 'master daemons';
const MASTER_IP_LOCK = 'master ip';
const MEMBERSHIP_LOCK = 'cluster membership';

export interface ClusterCallNeeds
  extends ClusterExitParts, CryptoTokensParts, MasterCandidateParts, NodeVerifierParts {
  readonly masterIp: MasterIp;
  readonly ssconf: Ssconf;
}

/** What makes a node a member of its cluster, and one member the master. */
export const clusterCalls = (needs: ClusterCallNeeds) => {
  const { masterIp, ssconf } = needs;
  return {
    node_verify: {
      run: ([request, clusterName, hvparams]) => verifyNode(needs, request, clusterName, hvparams),
    },
    node_verify_light: {
      run: ([request, clusterName, hvparams]) => verifyNode(needs, request, clusterName, hvparams),
    },
    node_start_master_daemons: {
      lock: () => MASTER_DAEMONS_LOCK,
      run: ([hasNoVoting]) => done(startMasterDaemons(needs, hasNoVoting)),
    },
    node_stop_master: {
      lock: () => MASTER_DAEMONS_LOCK,
      run: () => done(stopMasterDaemons(needs)),
    },
    node_activate_master_ip: {
      lock: () => MASTER_IP_LOCK,
      run: ([network, isExternalScript]) => done(masterIp.activate(network, isExternalScript)),
    },
    node_deactivate_master_ip: {
      lock: () => MASTER_IP_LOCK,
      run: ([network, isExternalScript]) => done(masterIp.deactivate(network, isExternalScript)),
    },
    node_change_master_netmask: {
      lock: () => MASTER_IP_LOCK,
      run: ([oldNetmask, netmask, address, netdev]) =>
        done(masterIp.changeNetmask({ oldNetmask, netmask, address, netdev })),
    },
    node_leave_cluster: {
      lock: () => MEMBERSHIP_LOCK,
      run: ([isSshSetupModified]) => leaveCluster(needs, isSshSetupModified),
    },
    node_demote_from_mc: {
      lock: () => MEMBERSHIP_LOCK,
      run: () => done(demoteFromCandidate(needs)),
    },
    node_crypto_tokens: {
      lock: () => MEMBERSHIP_LOCK,
      run: ([requests]) => getCryptoTokens(needs, requests),
    },
    node_ensure_daemon: {
      lock: ([daemon]) => `daemon ${daemon}`,
      run: ([daemon, shouldRun]) => ensureDaemon(needs, daemon, shouldRun),
    },
    master_node_name: {
      run: () => masterName(ssconf),
    },
  } satisfies SomeCallRows;
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
