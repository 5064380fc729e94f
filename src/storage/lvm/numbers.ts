import { BlockDeviceError } from '../../base/errors.js';

/**
 * A number as LVM's tools print it.
 *
 * @throws BlockDeviceError for anything else: what is no number would count as no room, or as no limit
 */
export function parsedNumber(tool: 'lvs' | 'pvs' | 'vgs', text: string): number {
  const number = Number(text);
  if (text === '' || !Number.isFinite(number))
    throw new BlockDeviceError(`${tool} printed no number: '${text}'`);
  return number;
}
