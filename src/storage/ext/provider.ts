import { constants, type Stats } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorReason } from '../../base/errno.js';
import { BlockDeviceError } from '../../base/errors.js';
import { isTrustedPath } from '../../system/file/trusted-path.js';

/** Ganeti: constants.ES_PARAMETERS_FILE */
const PARAMETERS_FILE = 'parameters.list';
const REQUIRED = ['create', 'remove', 'grow', 'attach', 'detach', 'setinfo', 'verify'] as const;
/** Added to the interface later (Ganeti: extstorage.ExtStorageFromDisk). */
const OPTIONAL = ['snapshot', 'open', 'close'] as const;

/** What a provider is asked to do; each is a script of that name (Ganeti: constants.ES_SCRIPTS). */
export type ExtAction = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];

/** A directory with the scripts for one kind of external storage (Ganeti: objects.ExtStorage). */
export interface ExtProvider {
  readonly name: string;
  readonly path: string;
  /** Absolute paths; an optional script may be missing. */
  readonly scripts: ReadonlyMap<ExtAction, string>;
  /** Name, and a help text if there is one. */
  readonly parameters: readonly (readonly string[])[];
}

/**
 * Reads and checks one provider.
 *
 * Deviation: the directory and its scripts may be symbolic links only to what lies in the search path, or to what root
 * alone can change.
 *
 * @param realSearchPath the directories of providers, without symbolic links
 * @throws BlockDeviceError that says what is wrong with it
 */
export async function readExtProvider(
  name: string,
  path: string,
  realSearchPath: readonly string[],
): Promise<ExtProvider> {
  await checkInside(path, realSearchPath, `Directory '${path}'`);
  const scripts = new Map<ExtAction, string>();
  for (const action of REQUIRED)
    scripts.set(
      action,
      await checkScript(path, action, await statFile(path, action), realSearchPath),
    );
  for (const action of OPTIONAL) {
    const stats = await statFile(path, action).catch(() => undefined);
    if (stats !== undefined)
      scripts.set(action, await checkScript(path, action, stats, realSearchPath));
  }
  return { name, path, scripts, parameters: await readParameters(path) };
}

async function checkScript(
  directory: string,
  name: string,
  stats: Stats,
  realSearchPath: readonly string[],
): Promise<string> {
  checkRegular(directory, name, stats);
  if ((stats.mode & constants.S_IXUSR) === 0)
    throw new BlockDeviceError(`File '${name}' under path '${directory}' is not executable`);
  const path = join(directory, name);
  await checkInside(path, realSearchPath, `File '${name}' under path '${directory}'`);
  return path;
}

function checkRegular(directory: string, name: string, stats: Stats): void {
  if (!stats.isFile())
    throw new BlockDeviceError(`File '${name}' under path '${directory}' is not a regular file`);
}

async function checkInside(
  path: string,
  realSearchPath: readonly string[],
  what: string,
): Promise<void> {
  const real = await realpath(path);
  const isInside = realSearchPath.some((directory) => real.startsWith(`${directory}/`));
  if (!isInside && !(await isTrustedPath(path)))
    throw new BlockDeviceError(
      `${what} leads out of the search path, to what others than root can change`,
    );
}

async function statFile(directory: string, name: string): Promise<Stats> {
  try {
    return await stat(join(directory, name));
  } catch (error) {
    throw new BlockDeviceError(
      `File '${name}' under path '${directory}' is missing (${errorReason(error)})`,
      { cause: error },
    );
  }
}

/** Deviation: a blank line is passed over; Ganeti's master fails on it. */
async function readParameters(directory: string): Promise<string[][]> {
  checkRegular(directory, PARAMETERS_FILE, await statFile(directory, PARAMETERS_FILE));
  const file = join(directory, PARAMETERS_FILE);
  try {
    const lines = (await readFile(file, 'utf8')).split(/\r\n|\r|\n/);
    return lines.filter((line) => line.trim() !== '').map(splitParameter);
  } catch (error) {
    throw new BlockDeviceError(
      `Error while reading the EXT parameters file at ${file}: ${errorReason(error)}`,
      { cause: error },
    );
  }
}

/** The name, and after the first white space the help text. */
function splitParameter(line: string): string[] {
  const [, name = '', help = ''] = /^\s*(\S+)\s*(.*)$/s.exec(line) ?? [];
  return help === '' ? [name] : [name, help];
}
