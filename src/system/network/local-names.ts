import { networkInterfaces } from 'node:os';
import { mapLimited } from '../../base/map-limited.js';
import { CommandError, type CommandRunner } from '../command/command.js';

/** Behind the resolver may be servers that don't answer. */
const TIMEOUT_MS = 5_000;
const CONCURRENCY = 16;
/** A host of containers may have thousands. */
const MOST_ADDRESSES = 32;

/** The addresses that this host has, without those that are good on one link only. */
export function localAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
  return all.map(({ address }) => address).filter((address) => !/^fe80:/i.test(address));
}

/**
 * The names that the resolver knows `addresses` by, aliases among them: what another host may find when it looks one of
 * them up in reverse. An address that it does not know, or not in time, has none.
 */
export async function namesOf(
  addresses: readonly string[],
  commands: CommandRunner,
): Promise<string[]> {
  const names = await mapLimited(addresses.slice(0, MOST_ADDRESSES), CONCURRENCY, (address) =>
    lookUp(address, commands),
  );
  return names.flat();
}

/** getent(1) asks as gethostbyaddr(3) does, and unlike Node's own way can be given up on. */
async function lookUp(address: string, commands: CommandRunner): Promise<string[]> {
  try {
    const { stdout } = await commands.run(['getent', 'hosts', '--', address], {
      timeoutMs: TIMEOUT_MS,
    });
    return stdout.split('\n').flatMap((line) => line.split(/\s+/).slice(1).filter(Boolean));
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}
