import { lookup } from 'node:dns/promises';
import { BackendError } from '../../base/errors.js';
import { virtualHostname } from '../../ganeti/virtual-cluster.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import type { NetworkDoor } from '../../system/network/network.js';

const GETENT_TIMEOUT_MS = 30_000;
/** Ganeti: netutils.Hostname.GetNormalizedName. */
const VALID_NAME = /^(?!\.)(?!.*\.\.)[a-z0-9._-]{1,255}$/;

/** Who can say what this node is called; an interface, so that tests can pass a fake. */
export interface NodeNames {
  /** The name by which the cluster knows this node. */
  own(): Promise<string>;
}

export interface NodeNameParts {
  readonly commands: CommandRunner;
  readonly nodeRoot: string | undefined;
  readonly network: Pick<NetworkDoor, 'hostname'>;
}

/**
 * The node's name as the resolver has it: /etc/hosts or DNS may know a longer name than the kernel.
 *
 * Ganeti: netutils.Hostname.GetSysName
 */
export async function ownNodeName(parts: NodeNameParts): Promise<string> {
  const name = (virtualHostname(parts.nodeRoot) ?? (await qualifiedName(parts))).toLowerCase();
  if (!VALID_NAME.test(name)) throw new BackendError(`Invalid hostname '${name}'`);
  return name.replace(/\.+$/, '');
}

/** The first name with a dot among those which the resolver gives for our address (Python: socket.getfqdn). */
async function qualifiedName(parts: NodeNameParts): Promise<string> {
  const short = parts.network.hostname();
  const names = await resolvedNames(parts, short);
  return names.find((name) => name.includes('.')) ?? names[0] ?? short;
}

async function resolvedNames({ commands }: NodeNameParts, short: string): Promise<string[]> {
  try {
    const { address } = await lookup(short);
    // Node.js asks for the first name only, and the long one may be an alias.
    const { stdout } = await commands.run(['getent', 'hosts', address], {
      timeoutMs: GETENT_TIMEOUT_MS,
    });
    return stdout.trim().split(/\s+/).slice(1);
  } catch (error) {
    if (error instanceof CommandError || isResolverError(error)) return [];
    throw error;
  }
}

function isResolverError(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'getaddrinfo';
}
