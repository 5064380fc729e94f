import { stat } from 'node:fs/promises';
import { ignoring } from '../base/errno.js';
import { BlockDeviceError } from '../base/errors.js';
import { translate } from '../base/translate.js';
import { CommandError, type CommandRunner } from '../system/command/command.js';
import { NOT_FOUND } from '../system/file/find-file.js';
import type { DeviceNumbers } from './block-device.js';

/** A disk may be far away. */
const SIZE_TIMEOUT_MS = 60_000;

/** The numbers of the block device at `path`, or undefined when there is none. */
export async function blockDeviceNumbers(path: string): Promise<DeviceNumbers | undefined> {
  const stats = await ignoring([...NOT_FOUND, 'ENXIO', 'ENODEV'], stat(path, { bigint: true }));
  return stats?.isBlockDevice() === true ? splitNumber(stats.rdev) : undefined;
}

/** As gnu_dev_major and gnu_dev_minor do it (Ganeti: utils.osminor). */
function splitNumber(device: bigint): DeviceNumbers {
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
  };
}

/**
 * The size of a block device (Ganeti: BlockDev.GetActualSize).
 *
 * @throws BlockDeviceError
 */
export async function blockDeviceSizeBytes(commands: CommandRunner, path: string): Promise<number> {
  const toFailure = (error: CommandError) =>
    new BlockDeviceError(`blockdev failed (${error.failReason}): ${error.output}`, {
      cause: error,
    });
  const { stdout } = await translate(CommandError, toFailure, () =>
    commands.run(['blockdev', '--getsize64', path], { timeoutMs: SIZE_TIMEOUT_MS }),
  );
  const size = stdout.trim();
  if (!/^\d+$/.test(size))
    throw new BlockDeviceError(`Failed to parse blockdev output: ${JSON.stringify(size)}`);
  return Number(size);
}
