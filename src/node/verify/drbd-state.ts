import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, errorReason } from '../../base/errno.js';
import { BlockDeviceError } from '../../base/errors.js';
import { recover } from '../../base/translate.js';
import type { SystemDirs } from '../../system/proc/system-dirs.js';

const VERSION = /^version: (\d+)\.(\d+)\.(\d+)(?:([.-]\d+))? (\(api:\d+\/proto:\d+(?:-\d+)?\))/;
const MINOR = /^ *(\d+): cs:(\S+)/;
const UNUSED = 'Unconfigured';

/** The version of the kernel's DRBD module, or why it is not known (Ganeti: storage.drbd_info.DRBD8Info.GetVersionString). */
export async function drbdVersion(systemDirs: SystemDirs): Promise<string> {
  return orReason(async () => {
    const [first = ''] = await status(systemDirs);
    const [, major, minor, point, fix = '', api] = VERSION.exec(first) ?? [];
    if (api === undefined)
      throw new BlockDeviceError(`Can't parse DRBD version from '${first.trim()}'`);
    return `${major}.${minor}.${point}${fix} ${api}`;
  });
}

/** Minor numbers in use, or why they are not known (Ganeti: storage.drbd.DRBD8.GetUsedDevs). */
export async function usedDrbdMinors(systemDirs: SystemDirs): Promise<number[] | string> {
  return orReason(async () => {
    const lines = await status(systemDirs);
    const minors = lines.map((line) => MINOR.exec(line)).filter((match) => match !== null);
    return minors.filter(([, , state]) => state !== UNUSED).map(([, minor]) => Number(minor));
  });
}

/** Whether the helper is known, and the helper or why not (Ganeti: storage.drbd.DRBD8.GetUsermodeHelper). */
export async function drbdHelper({ sys }: SystemDirs): Promise<[boolean, string]> {
  const path = join(sys, 'module/drbd/parameters/usermode_helper');
  return recover(
    BlockDeviceError,
    ({ message }) => [false, message],
    async () => {
      const [helper = ''] = await read(path, 'helper');
      if (helper === '') throw new BlockDeviceError(`Can't read any data from ${path}`);
      return [true, helper];
    },
  );
}

async function status({ proc }: SystemDirs): Promise<string[]> {
  const path = join(proc, 'drbd');
  const lines = await read(path, 'proc');
  if (lines.join('') === '') throw new BlockDeviceError(`Can't read any data from ${path}`);
  return lines;
}

async function read(path: string, what: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n');
  } catch (error) {
    const reason = errorReason(error);
    throw new BlockDeviceError(
      errorCode(error) === 'ENOENT'
        ? `The file ${path} cannot be opened, check if the module is loaded (${reason})`
        : `Can't read the DRBD ${what} file ${path}: ${reason}`,
      { cause: error },
    );
  }
}

function orReason<T>(work: () => Promise<T>): Promise<T | string> {
  return recover(BlockDeviceError, ({ message }) => message, work);
}
