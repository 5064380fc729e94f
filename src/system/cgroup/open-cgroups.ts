import { errorCode, errorReason } from '../../base/errno.js';
import { CommandError, type CommandRunner } from '../command/command.js';
import { Cgroups, type CgroupsParts, type ControlGroups } from './cgroups.js';
import { ensureHierarchy } from './ensure-hierarchy.js';
import { NoCgroups } from './no-cgroups.js';

/** What the kernel says where the right to do something is missing, or where it can't be written to. */
const NO_RIGHT = ['EACCES', 'EPERM', 'EROFS'];

export interface OpenCgroups {
  readonly cgroups: ControlGroups;
  /** Lets go of them. */
  readonly close: () => Promise<void>;
}

/**
 * The control groups below `parent`. Without the right to make any there are none, and the rest of the daemon works.
 *
 * @param directory where a hierarchy is mounted when there is none
 * @throws Error for what is not a lack of rights
 */
export async function openCgroups(
  parent: string,
  directory: string,
  commands: CommandRunner,
  parts: CgroupsParts,
): Promise<OpenCgroups> {
  try {
    return await open(parent, directory, commands, parts);
  } catch (error) {
    const missing = reasonOf(error);
    if (missing === undefined) throw error;
    const close = () => Promise.resolve();
    return { cgroups: new NoCgroups(missing), close };
  }
}

async function open(
  parent: string,
  directory: string,
  commands: CommandRunner,
  parts: CgroupsParts,
): Promise<OpenCgroups> {
  const hierarchy = await ensureHierarchy(directory, commands, parts);
  const cgroups = await Cgroups.detect(parent, parts).catch(async (error: unknown) => {
    await hierarchy.release();
    throw error;
  });
  return {
    cgroups,
    close: async () => {
      await cgroups.close();
      await hierarchy.release();
    },
  };
}

/** Undefined for what is not a lack of rights. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof CommandError)
    return error.timedOut ? undefined : `no hierarchy is mounted: ${error.output}`;
  if (!NO_RIGHT.includes(errorCode(error) ?? '')) return undefined;
  const { path } = error as NodeJS.ErrnoException;
  return `${path ?? 'the hierarchy'}: ${errorReason(error)}`;
}
