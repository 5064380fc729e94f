import { networkInterfaces } from 'node:os';
import { errorCode } from './base/errno.js';
import { type NodedOptions, UsageError } from './config/options.js';
import type { CommandRunner } from './system/command/command.js';
import { holdersOfPort } from './system/network/port-holder.js';

/** Where the daemon is to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Where to listen as the options say, by default with the addresses that the nodes of the cluster have (Ganeti:
 * daemon.GenericMain).
 *
 * @param isIpv6 whether these are IPv6
 */
export function listenAddress(
  { bindAddress, bindInterface, hasSsl, port }: NodedOptions,
  isIpv6: () => boolean,
  interfaces = networkInterfaces,
): ListenAddress {
  if (bindAddress !== undefined) return { host: bindAddress, port };
  if (bindInterface !== undefined)
    return { host: addressOf(interfaces()[bindInterface], bindInterface, isIpv6()), port };
  if (isIpv6()) return { host: hasSsl ? '::' : '::1', port };
  return { host: hasSsl ? '0.0.0.0' : '127.0.0.1', port };
}

/** Of the wanted family if there is one. What is good on one link only (`scopeid`) is no address for callers. */
function addressOf(
  addresses: ReturnType<typeof networkInterfaces>[string],
  name: string,
  isIpv6: boolean,
): string {
  const usable = (addresses ?? []).filter((address) => !('scopeid' in address && address.scopeid));
  const wanted = isIpv6 ? 'IPv6' : 'IPv4';
  const found = usable.find(({ family }) => family === wanted) ?? usable[0];
  if (found === undefined) throw new UsageError(`Failed to find IP for interface ${name}`);
  return found.address;
}

/** Why there can't be listened, and what to do about it; `error` itself if that is not known. */
export async function explainListenFailure(
  error: unknown,
  address: ListenAddress,
  commands: CommandRunner,
): Promise<unknown> {
  const problem = await problemOf(errorCode(error), address, commands);
  return problem === undefined ? error : new UsageError(problem, { cause: error });
}

async function problemOf(
  code: string | undefined,
  { host, port }: ListenAddress,
  commands: CommandRunner,
): Promise<string | undefined> {
  if (code === 'EADDRNOTAVAIL') return `${host} is not an address of this machine: see --bind`;
  if (code === 'ENOTFOUND') return `${host} is neither an address nor a known name: see --bind`;
  if (code !== 'EADDRINUSE') return undefined;
  const holders = await holdersOfPort(port, commands);
  const holder = holders.length === 0 ? 'another program' : holders.join(', ');
  return `Port ${port} on ${host} is in use by ${holder}: stop it, or choose another port with --port`;
}
