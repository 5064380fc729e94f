import { NODED, NODED_PORT } from '../../base/constants.js';
import { mapLimited } from '../../base/map-limited.js';
import type { VerifyRequest } from '../../generated/objects.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import type { NetworkDoor } from '../../system/network/network.js';

type Asked<K extends keyof VerifyRequest> = NonNullable<VerifyRequest[K]>;

const GETENT_TIMEOUT_MS = 10_000;
/** Addresses that are tried at the same time; Ganeti tries one after the other. */
const CONCURRENCY = 20;
/** Ganeti: constants.IP4_ADDRESS_LOCALHOST. */
const LOCALHOST = '127.0.0.1';

/** What finds out whether node daemons are reached over the network. */
export interface NetworkChecksParts {
  readonly commands: CommandRunner;
  readonly network: Pick<NetworkDoor, 'answersTcp'>;
}

/**
 * Nodes that are not reached, with what is wrong (Ganeti: backend.VerifyNodeNetTest).
 *
 * Deviation: the secondary address is always tried. Ganeti does so only where the primary one fails.
 */
export async function unreachableNodes(
  parts: NetworkChecksParts,
  [nodes, candidates]: Asked<'node-net-test'>,
  ownName: string,
): Promise<Record<string, string>> {
  if (!candidates.includes(ownName)) return {};
  const [, primary, secondary] = nodes.find(([name]) => name === ownName) ?? [];
  if (primary === undefined || secondary === undefined)
    return { [ownName]: "Can't find my own primary/secondary IP in the node list" };
  const port = await daemonPort(parts);
  const problems = await mapLimited(nodes, CONCURRENCY, async ([name, pip, sip]) => {
    const failed: string[] = [];
    if (!(await parts.network.answersTcp({ address: pip, port, source: primary })))
      failed.push('primary');
    if (sip !== pip && !(await parts.network.answersTcp({ address: sip, port, source: secondary })))
      failed.push('secondary');
    return [name, failed] as const;
  });
  return Object.fromEntries(
    problems
      .filter(([, failed]) => failed.length > 0)
      .map(([name, failed]) => [name, `failure using the ${failed.join(' and ')} interface(s)`]),
  );
}

/** Whether the master's address is reached; null on a node that does not try (Ganeti: backend.VerifyMasterIP). */
export async function isMasterIpReached(
  parts: NetworkChecksParts,
  [master, address, candidates]: Asked<'master-ip'>,
  ownName: string,
): Promise<boolean | null> {
  if (!candidates.includes(ownName)) return null;
  const port = await daemonPort(parts);
  const source = master === ownName ? { source: LOCALHOST } : {};
  return parts.network.answersTcp({ address, port, ...source });
}

/** The administrator may have given the service another port (Ganeti: netutils.GetDaemonPort). */
async function daemonPort({ commands }: NetworkChecksParts): Promise<number> {
  try {
    const { stdout } = await commands.run(['getent', 'services', `${NODED}/tcp`], {
      timeoutMs: GETENT_TIMEOUT_MS,
    });
    const port = /\s(\d+)\/tcp/.exec(stdout)?.[1];
    return port === undefined ? NODED_PORT : Number(port);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return NODED_PORT;
  }
}
