import type { VirtualCluster } from '../../ganeti/virtual-cluster.js';
import type { CommandRunner } from '../../system/command/command.js';
import { localAddresses, namesOf } from '../../system/network/local-names.js';
import { type Ssconf, SsconfError } from '../files/ssconf-reader.js';

/** Ganeti: constants.X509_CERT_CN, the name in the cluster's own certificate. */
const CLUSTER_CERTIFICATE_NAME = 'ganeti.example.com';
/** What a certificate takes; a resolver may say anything. */
const VALID_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;
const MOST_NAMES = 100;

export interface OwnNamesParts {
  readonly ssconf: Pick<Ssconf, 'nodeAddresses'>;
  readonly virtual: VirtualCluster;
  readonly kernelName: () => string;
  readonly commands: CommandRunner;
  readonly addresses?: () => string[];
}

/**
 * Every name by which another node may know this one, for the certificates that it shows in transfers.
 *
 * The import-export helper of the node that sends compares one of them with the certificate: ganeti.example.com in 3.0,
 * and from 3.1.0 on for transfers with the cluster's key; else what the address of this node leads to in reverse, and
 * ganeti.example.com again if that is nothing (Ganeti: impexpd.CommandBuilder._GetSocatCommand).
 */
export class OwnNames {
  readonly #parts: Required<OwnNamesParts>;

  constructor(parts: OwnNamesParts) {
    this.#parts = { addresses: localAddresses, ...parts };
  }

  /** The first one is what this node calls itself. There is at least one, and each can be part of a certificate. */
  async all(): Promise<string[]> {
    const addresses = this.#parts.addresses();
    const names = [
      this.#parts.virtual.hostname ?? this.#parts.kernelName(),
      CLUSTER_CERTIFICATE_NAME,
      ...this.#namesInCluster(addresses),
      ...(await namesOf(addresses, this.#parts.commands)),
    ];
    return [...new Set(names)].filter((name) => VALID_NAME.test(name)).slice(0, MOST_NAMES);
  }

  /** What the master calls the node that has one of these addresses; the other node's resolver may say the same. */
  #namesInCluster(addresses: readonly string[]): string[] {
    try {
      return this.#parts.ssconf
        .nodeAddresses()
        .filter(({ address }) => addresses.includes(address))
        .map(({ node }) => node);
    } catch (error) {
      if (error instanceof SsconfError) return [];
      throw error;
    }
  }
}
