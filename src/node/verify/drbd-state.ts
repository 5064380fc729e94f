import { readFile } from 'node:fs/promises';
import { errorCode, errorReason } from '../../base/errno.js';
import { BlockDeviceError } from '../../base/errors.js';
import { recover } from '../../base/translate.js';

const VERSION = /^version: (\d+)\.(\d+)\.(\d+)(?:([.-]\d+))? (\(api:\d+\/proto:\d+(?:-\d+)?\))/;
const MINOR = /^ *(\d+): cs:(\S+)/;
const UNUSED = 'Unconfigured';

export interface DrbdStateParts {
  statusPath: string;
  helperPath: string;
}

/** What the kernel's DRBD module tells about itself; disks on it are not served here. */
export class DrbdState {
  readonly #parts: DrbdStateParts;

  /** @param helperPath the parameter of the module that names its helper */
  constructor(parts: DrbdStateParts) {
    this.#parts = parts;
  }

  /** The version, or why it is not known (Ganeti: storage.drbd_info.DRBD8Info.GetVersionString). */
  async version(): Promise<string> {
    return orReason(async () => {
      const [first = ''] = await this.#status();
      const [, major, minor, point, fix = '', api] = VERSION.exec(first) ?? [];
      if (api === undefined)
        throw new BlockDeviceError(`Can't parse DRBD version from '${first.trim()}'`);
      return `${major}.${minor}.${point}${fix} ${api}`;
    });
  }

  /** Minor numbers in use, or why they are not known (Ganeti: storage.drbd.DRBD8.GetUsedDevs). */
  async usedMinors(): Promise<number[] | string> {
    return orReason(async () => {
      const lines = await this.#status();
      const minors = lines.map((line) => MINOR.exec(line)).filter((match) => match !== null);
      return minors.filter(([, , state]) => state !== UNUSED).map(([, minor]) => Number(minor));
    });
  }

  /** Whether the helper is known, and the helper or why not (Ganeti: storage.drbd.DRBD8.GetUsermodeHelper). */
  async helper(): Promise<[boolean, string]> {
    return recover(
      BlockDeviceError,
      ({ message }) => [false, message],
      async () => {
        const [helper = ''] = await read(this.#parts.helperPath, 'helper');
        if (helper === '')
          throw new BlockDeviceError(`Can't read any data from ${this.#parts.helperPath}`);
        return [true, helper];
      },
    );
  }

  async #status(): Promise<string[]> {
    const lines = await read(this.#parts.statusPath, 'proc');
    if (lines.join('') === '')
      throw new BlockDeviceError(`Can't read any data from ${this.#parts.statusPath}`);
    return lines;
  }
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
