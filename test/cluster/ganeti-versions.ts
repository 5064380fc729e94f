/** The versions of Ganeti that test clusters can be made of. */
export type GanetiVersion = '3.0' | '3.1';

/** Options of Ganeti's programs that are not the same in all versions. */
export const OPTIONS = {
  '3.0': {
    /** Names and addresses of instances are not looked up. */
    unchecked: '--no-name-check --no-ip-check',
    /** An instance is renamed without a question. */
    unasked: '-f',
    /** What is changed of an instance that runs is changed at once. */
    hotplug: '--hotplug',
  },
  // All of them are the default, and can't be asked for.
  '3.1': { unchecked: '', unasked: '', hotplug: '' },
} as const;

/** The version that was asked for (`scripts/test cluster --ganeti`). */
const CHOSEN = chosen(process.env['TEST_GANETI']);

/** The version that is tested in full. */
export const TESTED_IN_FULL: GanetiVersion = CHOSEN ?? '3.0';

/** Those that are tested only where they make a difference to a node daemon. */
export const ALSO_TESTED: readonly GanetiVersion[] = CHOSEN === undefined ? ['3.1'] : [];

function chosen(name: string | undefined): GanetiVersion | undefined {
  if (name === undefined || name === '3.0' || name === '3.1') return name;
  throw new Error(`TEST_GANETI is 3.0 or 3.1, not '${name}'`);
}
