import { BlockDeviceError } from '../../base/errors.js';
import type { Disk } from '../../generated/objects.js';

/** A volume, and who provides it. */
export interface ExtVolume {
  readonly provider: string;
  readonly name: string;
}

/** What only some scripts are told. */
export interface ExtDetails {
  readonly sizeMiB?: number;
  readonly newSizeMiB?: number;
  readonly metadata?: string;
  readonly snapshotName?: string;
  readonly snapshotSizeMiB?: number;
  readonly exclusive?: boolean;
}

/**
 * The environment of a provider's script: ganeti-extstorage-interface(7) (Ganeti: extstorage._ExtStorageEnvironment).
 *
 * @throws BlockDeviceError for a parameter that cannot be passed on in an environment
 */
export function extEnvironment(
  volume: ExtVolume,
  { params, name, uuid }: Disk,
  details: ExtDetails,
): Record<string, string> {
  const variables: Record<string, unknown> = {
    VOL_NAME: volume.name,
    ...parameterVariables(params ?? {}),
    VOL_SIZE: details.sizeMiB,
    VOL_NEW_SIZE: details.newSizeMiB,
    VOL_METADATA: details.metadata,
    VOL_CNAME: name ?? undefined,
    VOL_UUID: uuid,
    VOL_SNAPSHOT_NAME: details.snapshotName,
    VOL_SNAPSHOT_SIZE: details.snapshotSizeMiB,
    VOL_OPEN_EXCLUSIVE: details.exclusive,
  };
  return definedVariables(variables);
}

function parameterVariables(parameters: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      `EXTP_${name.toUpperCase()}`,
      value ?? null,
    ]),
  );
}

function definedVariables(variables: Readonly<Record<string, unknown>>): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    const text = pythonWord(value);
    if (/[=\0]/.test(name) || text.includes('\0'))
      throw new BlockDeviceError(`${JSON.stringify(name)} cannot be passed to a script`);
    defined[name] = text;
  }
  return defined;
}

/** Scripts expect `True`, `False` and `None`; parameters of disks are hardly ever anything but text. */
function pythonWord(value: unknown): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
