import { HypervisorError } from '../base/errors.js';

/** Ganeti's rule for instance names; the length keeps names made from it below 255 bytes. */
const INSTANCE_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,240}$/;
/** How much of a wrong name a message shows. */
const SHOWN_CHARACTERS = 260;

export function isInstanceName(name: string): boolean {
  return INSTANCE_NAME.test(name);
}

/**
 * The name itself, for use as the name of a file.
 *
 * @throws HypervisorError for a name that would lead elsewhere
 */
export function checkedInstanceName(name: string): string {
  if (isInstanceName(name)) return name;
  const shown = JSON.stringify(name).slice(1, -1).slice(0, SHOWN_CHARACTERS);
  throw new HypervisorError(`'${shown}' is not an instance name`);
}
