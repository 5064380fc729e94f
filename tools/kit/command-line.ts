import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Something in a command line that a person should correct. */
export class UsageError extends Error {}

/**
 * Takes a command line apart.
 *
 * @param usage added to what is wrong with it
 * @throws UsageError
 */
export function parseCommandLine<const T extends ParseArgsConfig>(
  config: T,
  usage: string,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

/**
 * The names that follow an option: what comes behind `--option NAME` without a dash is more names.
 *
 * @param named those that are values of the option
 * @throws UsageError for words where the option was not given
 */
export function namesAfter(
  named: readonly string[] | undefined,
  positionals: readonly string[],
  usage: string,
): string[] {
  if (positionals.length > 0 && named === undefined)
    throw new UsageError(`there is no argument '${positionals.join(' ')}'\n${usage}`);
  return [...(named ?? []), ...positionals];
}
