import type { VirtualCluster } from '../../ganeti/virtual-cluster.js';
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

export interface SshRunnerParts {
  readonly commands: CommandRunner;
  readonly ssconf: Pick<Ssconf, 'isIpv6' | 'sshPorts'>;
  readonly virtual: VirtualCluster;
  readonly knownHosts: string;
}

/** Runs programs on other nodes, as root (Ganeti: ssh.SshRunner). */
export class SshRunner {
  readonly #parts: SshRunnerParts;

  /** @param knownHosts the cluster's known_hosts */
  constructor(parts: SshRunnerParts) {
    this.#parts = parts;
  }

  /**
   * Runs `command`, which the shell there reads, on `node`.
   *
   * @throws CommandError when the node cannot be reached, or the command fails
   */
  async run(node: string, command: string, options: SshOptions): Promise<CommandResult> {
    const { timeoutMs, input, hostKeyOf } = options;
    return this.#parts.commands.run(
      [
        'ssh',
        ...this.#options(node, hostKeyOf),
        `${LOGIN_USER}@${node}`,
        ...this.#exports(node),
        command,
      ],
      { timeoutMs, ...(input === undefined ? {} : { input }) },
    );
  }

  /** Ganeti: ssh.SshRunner._BuildSshOptions */
  #options(node: string, hostKeyOf: string | undefined): string[] {
    return [
      '-oEscapeChar=none',
      '-oHashKnownHosts=no',
      `-oGlobalKnownHostsFile=${this.#parts.knownHosts}`,
      '-oUserKnownHostsFile=/dev/null',
      '-oCheckHostIp=no',
      `-oConnectTimeout=${CONNECT_TIMEOUT_SECONDS}`,
      ...(hostKeyOf === undefined ? [] : [`-oHostKeyAlias=${hostKeyOf}`]),
      `-oPort=${this.#parts.ssconf.sshPorts().get(node) ?? DEFAULT_PORT}`,
      // Deviation: always in batch mode. Nobody is there who could answer.
      '-oBatchMode=yes',
      `-oStrictHostKeyChecking=${hostKeyOf === undefined ? 'no' : 'yes'}`,
      this.#parts.ssconf.isIpv6() ? '-6' : '-4',
    ];
  }

  #exports(node: string): string[] {
    const variables = Object.entries(this.#parts.virtual.environmentOf(node));
    return variables.map(([name, value]) => `export ${name}=${shellQuoted(value)};`);
  }
}

/** Ganeti: utils.ShellQuote */
export function shellQuoted(text: string): string {
  return /^[-.,=:/_+@A-Za-z0-9]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
