import { virtualHostname } from '../../ganeti/virtual-cluster.js';
import { localAddresses, namesOf } from '../../system/network/local-names.js';
import { type Ssconf, SsconfError } from '../files/ssconf-reader.js';
import type { NodeNameParts } from './node-name.js';

/** Ganeti: constants.X509_CERT_CN, the name in the cluster's own certificate. */
const CLUSTER_CERTIFICATE_NAME = 'ganeti.example.com';
/** What a certificate takes; a resolver may say anything. */
const VALID_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;
const MOST_NAMES = 100;

export interface OwnNamesParts extends NodeNameParts {
  readonly ssconf: Pick<Ssconf, 'nodeAddresses'>;
  readonly addresses?: () => string[];
}

/**
 * Every name by which another node may know this one, for the certificates that it shows in transfers.
 *
 * The import-export helper of the node that sends compares one of them with the certificate: ganeti.example.com in 3.0,
 * and from 3.1.0 on for transfers with the cluster's key; else what the address of this node leads to in reverse, and
 * ganeti.example.com again if that is nothing (Ganeti: impexpd.CommandBuilder._GetSocatCommand).
 *
 * @returns at least one, of which the first is what this node calls itself; each can be part of a certificate
 */
export async function allOwnNames(parts: OwnNamesParts): Promise<string[]> {
  const { commands, network, nodeRoot, addresses: findAddresses = localAddresses } = parts;
  const addresses = findAddresses();
  const names = [
    virtualHostname(nodeRoot) ?? network.hostname(),
    CLUSTER_CERTIFICATE_NAME,
    ...namesInCluster(parts, addresses),
    ...(await namesOf(addresses, commands)),
  ];
  return [...new Set(names)].filter((name) => VALID_NAME.test(name)).slice(0, MOST_NAMES);
}

/** What the master calls the node that has one of these addresses; the other node's resolver may say the same. */
function namesInCluster({ ssconf }: OwnNamesParts, addresses: readonly string[]): string[] {
  try {
    return ssconf
      .nodeAddresses()
      .filter(({ address }) => addresses.includes(address))
      .map(({ node }) => node);
  } catch (error) {
    if (error instanceof SsconfError) return [];
    throw error;
  }
}
