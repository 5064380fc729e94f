import { join } from 'node:path';
import { shellQuote } from '../../ganeti/shell-quote.js';
import { virtualEnvironmentOf } from '../../ganeti/virtual-cluster.js';
import type { CommandResult, CommandRunner } from '../../system/command/command.js';
import type { Ssconf } from '../files/ssconf-reader.js';

/** The daemon that listens there when nothing else is known (Ganeti: constants.DAEMONS_PORTS). */
const DEFAULT_PORT = 22;
const CONNECT_TIMEOUT_SECONDS = 10;
/** Ganeti: constants.SSH_LOGIN_USER. */
const LOGIN_USER = 'root';

export interface SshOptions {
  readonly timeoutMs: number;
  /** What the program there reads from its standard input. */
  readonly input?: string;
  /** Whether the node has to show the host key of the cluster, of this name. */
  readonly hostKeyOf?: string;
}

export interface SshParts {
  readonly commands: CommandRunner;
  readonly ssconf: Pick<Ssconf, 'isIpv6' | 'sshPorts'>;
  readonly nodeRoot: string | undefined;
  /** With the cluster's known_hosts. */
  readonly dataDir: string;
}

/**
 * Runs `command`, which the shell there reads, on `node`, as root (Ganeti: ssh.SshRunner).
 *
 * @throws CommandError when the node cannot be reached, or the command fails
 */
export async function runSsh(
  parts: SshParts,
  node: string,
  command: string,
  options: SshOptions,
): Promise<CommandResult> {
  const { timeoutMs, input, hostKeyOf } = options;
  return parts.commands.run(
    [
      'ssh',
      ...optionsFor(parts, node, hostKeyOf),
      `${LOGIN_USER}@${node}`,
      ...exports(parts, node),
      command,
    ],
    { timeoutMs, ...(input === undefined ? {} : { input }) },
  );
}

/** Ganeti: ssh.SshRunner._BuildSshOptions */
function optionsFor(
  { dataDir, ssconf }: SshParts,
  node: string,
  hostKeyOf: string | undefined,
): string[] {
  return [
    '-oEscapeChar=none',
    '-oHashKnownHosts=no',
    `-oGlobalKnownHostsFile=${join(dataDir, 'known_hosts')}`,
    '-oUserKnownHostsFile=/dev/null',
    '-oCheckHostIp=no',
    `-oConnectTimeout=${CONNECT_TIMEOUT_SECONDS}`,
    ...(hostKeyOf === undefined ? [] : [`-oHostKeyAlias=${hostKeyOf}`]),
    `-oPort=${ssconf.sshPorts().get(node) ?? DEFAULT_PORT}`,
    // Deviation: always in batch mode. Nobody is there who could answer.
    '-oBatchMode=yes',
    `-oStrictHostKeyChecking=${hostKeyOf === undefined ? 'no' : 'yes'}`,
    ssconf.isIpv6() ? '-6' : '-4',
  ];
}

function exports({ nodeRoot }: SshParts, node: string): string[] {
  const variables = Object.entries(virtualEnvironmentOf(nodeRoot, node));
  return variables.map(([name, value]) => `export ${name}=${shellQuote(value)};`);
}
