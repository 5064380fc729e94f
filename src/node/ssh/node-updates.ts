import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'winston';
import { mapLimited } from '../../base/map-limited.js';
import { shellQuote } from '../../ganeti/shell-quote.js';
import type { SshKeyType } from '../../generated/objects.js';
import { CommandError } from '../../system/command/command.js';
import type { Ssconf } from '../files/ssconf-reader.js';
import type { AuthorizedKeysParts } from './authorized-keys.js';
import type { KeysByNode } from './public-keys.js';
import { runSsh, type SshParts } from './runner.js';
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

/** What changes the key files of other nodes: Ganeti's ssh-update, over SSH. */
export interface NodeUpdatesParts extends SshParts {
  /** Where ssh-update is, on every node. */
  readonly pkgLibDir: string;
  readonly serverCertificate: string;
  readonly ssconf: SshParts['ssconf'] &
    Pick<Ssconf, 'clusterName' | 'masterNode' | 'nodeList' | 'onlineNodes'>;
  readonly logger: Logger;
}

/** What changes the key files of this node, too. */
export type KeyFilesParts = AuthorizedKeysParts & NodeUpdatesParts;

/**
 * Changes one node (Ganeti: ssh.RunSshCmdWithStdin).
 *
 * @throws SshUpdateError
 */
export async function sendUpdate(
  parts: NodeUpdatesParts,
  node: string,
  update: KeyUpdate,
): Promise<void> {
  const input = JSON.stringify({ ...update, ...(await identification(parts)) });
  const program = join(parts.pkgLibDir, 'ssh-update');
  try {
    const command = `/bin/sh -c ${shellQuote(program)}`;
    await runSsh(parts, node, command, { timeoutMs: TIMEOUT_MS, input });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { failReason, output } = error;
    const said = output === failReason ? '' : ` (${output})`;
    throw new SshUpdateError(`Command '${program}' failed: ${failReason}${said}`, {
      cause: error,
    });
  }
}

/** Changes one node, and tries again if that fails (Ganeti: utils.RetryByNumberOfTimes). */
export async function sendRepeatedly(
  parts: NodeUpdatesParts,
  node: string,
  update: KeyUpdate,
): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      await sendUpdate(parts, node, update);
      return;
    } catch (error) {
      if (!(error instanceof SshUpdateError)) throw error;
      parts.logger.error('SSH keys not updated', { node, attempt, reason: error.message });
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
export async function sendToOthers(
  parts: NodeUpdatesParts,
  updateOf: (node: string) => KeyUpdate | undefined,
  describe: (node: string, error: SshUpdateError) => string,
): Promise<NodeErrors> {
  const { ssconf } = parts;
  const master = ssconf.masterNode();
  const online = ssconf.onlineNodes();
  const nodes = ssconf.nodeList().filter((node) => node !== master && online.includes(node));
  const results = await mapLimited(nodes, CONCURRENCY, async (node): Promise<NodeErrors> => {
    const update = updateOf(node);
    return update === undefined ? [] : sendNoting(parts, node, update, describe);
  });
  return results.flat();
}

/** Changes one node; what goes wrong becomes part of the answer. */
export async function sendNoting(
  parts: NodeUpdatesParts,
  node: string,
  update: KeyUpdate,
  describe: (node: string, error: SshUpdateError) => string,
): Promise<NodeErrors> {
  try {
    await sendRepeatedly(parts, node, update);
    return [];
  } catch (error) {
    if (!(error instanceof SshUpdateError)) throw error;
    return [[node, describe(node, error)]];
  }
}

/** By this, the other node knows that it is of the same cluster (Ganeti: backend._InitSshUpdateData). */
async function identification({
  serverCertificate,
  ssconf,
}: NodeUpdatesParts): Promise<{ cluster_name: string; node_daemon_certificate: string }> {
  const certificate = new X509Certificate(await readFile(serverCertificate));
  return {
    cluster_name: ssconf.clusterName(),
    node_daemon_certificate: certificate.toString(),
  };
}
