import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Logger } from 'winston';
import { mapLimited } from '../../base/map-limited.js';
import type { SshKeyType } from '../../generated/objects.js';
import { CommandError } from '../../system/command/command.js';
import type { Ssconf } from '../files/ssconf-reader.js';
import type { KeysByNode } from './public-keys.js';
import { shellQuoted, type SshRunner } from './runner.js';
import { SshUpdateError } from './update-error.js';

/** Making a key may take a while. */
const TIMEOUT_MS = 120_000;
/** Ganeti: constants.SSHS_MAX_RETRIES. */
const ATTEMPTS = 3;
/** Nodes that are changed at the same time; Ganeti changes one after the other. */
const CONCURRENCY = 10;

/** What a node is to do to its key files, in the words of Ganeti's ssh-update (constants.SSHS_*). */
export interface KeyUpdate {
  readonly authorized_keys?: readonly ['add' | 'remove', KeysByNode];
  readonly public_keys?: readonly ['override' | 'replace_or_add' | 'remove' | 'clear', KeysByNode];
  readonly generate?: readonly [type: SshKeyType, bits: number, suffix: string];
}

/** Nodes that could not be changed, each with the reason. */
export type NodeErrors = [node: string, message: string][];

export interface NodeUpdatesParts {
  /** ssh-update, in the same place on every node. */
  readonly program: string;
  readonly serverCertPath: string;
  readonly ssh: Pick<SshRunner, 'run'>;
  readonly ssconf: Pick<Ssconf, 'clusterName' | 'masterNode' | 'nodeList' | 'onlineNodes'>;
  readonly logger: Logger;
}

/** Changes the key files of other nodes, with Ganeti's ssh-update over SSH. */
export class NodeUpdates {
  readonly #parts: NodeUpdatesParts;

  constructor(parts: NodeUpdatesParts) {
    this.#parts = parts;
  }

  /**
   * Changes one node (Ganeti: ssh.RunSshCmdWithStdin).
   *
   * @throws SshUpdateError
   */
  async send(node: string, update: KeyUpdate): Promise<void> {
    const input = JSON.stringify({ ...update, ...(await this.#identification()) });
    try {
      const command = `/bin/sh -c ${shellQuoted(this.#parts.program)}`;
      await this.#parts.ssh.run(node, command, { timeoutMs: TIMEOUT_MS, input });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const { failReason, output } = error;
      const said = output === failReason ? '' : ` (${output})`;
      throw new SshUpdateError(`Command '${this.#parts.program}' failed: ${failReason}${said}`, {
        cause: error,
      });
    }
  }

  /** Changes one node, and tries again if that fails (Ganeti: utils.RetryByNumberOfTimes). */
  async sendRepeatedly(node: string, update: KeyUpdate): Promise<void> {
    for (let attempt = 1; ; attempt++)
      try {
        await this.send(node, update);
        return;
      } catch (error) {
        if (!(error instanceof SshUpdateError)) throw error;
        this.#parts.logger.error('SSH keys not updated', { node, attempt, reason: error.message });
        if (attempt === ATTEMPTS)
          throw new SshUpdateError(
            `Error after ${ATTEMPTS} retries. Last exception: ${error.message}.`,
            { cause: error },
          );
      }
  }

  /**
   * Changes all nodes that are online but the master; a node that cannot be changed is no reason not to go
   * on.
   *
   * @param updateOf undefined for a node that is to stay as it is
   * @param describe the message for a node that could not be changed
   */
  async sendToOthers(
    updateOf: (node: string) => KeyUpdate | undefined,
    describe: (node: string, error: SshUpdateError) => string,
  ): Promise<NodeErrors> {
    const master = this.#parts.ssconf.masterNode();
    const online = this.#parts.ssconf.onlineNodes();
    const nodes = this.#parts.ssconf
      .nodeList()
      .filter((node) => node !== master && online.includes(node));
    const results = await mapLimited(nodes, CONCURRENCY, async (node): Promise<NodeErrors> => {
      const update = updateOf(node);
      return update === undefined ? [] : this.sendNoting(node, update, describe);
    });
    return results.flat();
  }

  /** Changes one node; what goes wrong becomes part of the answer. */
  async sendNoting(
    node: string,
    update: KeyUpdate,
    describe: (node: string, error: SshUpdateError) => string,
  ): Promise<NodeErrors> {
    try {
      await this.sendRepeatedly(node, update);
      return [];
    } catch (error) {
      if (!(error instanceof SshUpdateError)) throw error;
      return [[node, describe(node, error)]];
    }
  }

  /** By this, the other node knows that it is of the same cluster (Ganeti: backend._InitSshUpdateData). */
  async #identification(): Promise<{ cluster_name: string; node_daemon_certificate: string }> {
    const certificate = new X509Certificate(await readFile(this.#parts.serverCertPath));
    return {
      cluster_name: this.#parts.ssconf.clusterName(),
      node_daemon_certificate: certificate.toString(),
    };
  }
}
