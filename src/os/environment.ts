import { HOOKS_PATH } from '../base/constants.js';
import { RpcFailure } from '../base/errors.js';
import { pythonFloat, pythonText } from '../ganeti/python-text.js';
import type { Disk, Instance, Nic } from '../generated/objects.js';
import { OS_API_VERSIONS, type OsDefinition, VERSION_WITH_VARIANTS } from './definition.js';
import { splitOsName } from './os-name.js';

/** A disk of the instance, and where it is on this node. */
export interface OpenedDisk {
  readonly disk: Disk;
  readonly devPath: string;
}

/** What is undefined is left out. */
type Variables = Record<string, string | undefined>;

/**
 * The environment of an OS script (Ganeti: backend.OSEnvironment); it carries private parameters.
 *
 * @param disks the instance's disks in order
 * @param options `debug` is what the scripts get as their debug level
 * @throws RpcFailure for a parameter that cannot be passed on in an environment
 */
export function osEnvironment(
  instance: Instance,
  definition: OsDefinition,
  disks: readonly OpenedDisk[],
  { debug }: { debug: number },
): Record<string, string> {
  const parameters = { ...instance.osparams, ...instance.osparams_private };
  const variables = {
    ...coreVariables(instance.os, definition, parameters, debug),
    ...instanceVariables(instance),
    ...Object.assign({}, ...disks.map((disk, index) => diskVariables(instance, disk, index))),
    ...Object.assign({}, ...instance.nics.map((nic, index) => nicVariables(instance, nic, index))),
    ...prefixed('INSTANCE_BE_', instance.beparams),
    ...prefixed('INSTANCE_HV_', instance.hvparams),
  } as Variables;
  return definedVariables(variables);
}

/**
 * The environment of an OS script that is about no instance (Ganeti: backend.OSCoreEnv); it carries private parameters.
 *
 * @param osName with its variant
 * @throws RpcFailure for a parameter that cannot be passed on in an environment
 */
export function osCoreEnvironment(
  osName: string,
  definition: OsDefinition,
  parameters: Readonly<Record<string, string>>,
): Record<string, string> {
  return definedVariables(coreVariables(osName, definition, parameters, 0));
}

/** Ganeti: backend.OSCoreEnv */
function coreVariables(
  osName: string,
  definition: OsDefinition,
  parameters: Readonly<Record<string, string>>,
  debug: number,
): Variables {
  const apiVersion = Math.max(
    ...OS_API_VERSIONS.filter((version) => definition.apiVersions.includes(version)),
  );
  const [firstVariant] = definition.supportedVariants;
  const hasVariants = apiVersion >= VERSION_WITH_VARIANTS && firstVariant !== undefined;
  return {
    OS_API_VERSION: String(apiVersion),
    OS_NAME: definition.name,
    DEBUG_LEVEL: String(debug),
    OS_VARIANT: hasVariants ? splitOsName(osName).variant || firstVariant : '',
    ...parameterVariables(parameters),
    PATH: HOOKS_PATH,
  };
}

function parameterVariables(parameters: Readonly<Record<string, string>>): Variables {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      `OSP_${name.toUpperCase().replaceAll('-', '_')}`,
      pythonText(value),
    ]),
  );
}

function instanceVariables(instance: Instance): Variables {
  return {
    INSTANCE_NAME: instance.name,
    INSTANCE_OS: instance.os,
    INSTANCE_UUID: pythonText(instance.uuid),
    INSTANCE_CTIME: timestamp(instance.ctime),
    INSTANCE_MTIME: timestamp(instance.mtime),
    INSTANCE_PRIMARY_NODE: pythonText(instance.primary_node),
    HYPERVISOR: instance.hypervisor,
    DISK_COUNT: String(instance.disks_info.length),
    NIC_COUNT: String(instance.nics.length),
    INSTANCE_SECONDARY_NODES: (instance.secondary_nodes ?? []).join(' '),
  };
}

function timestamp(seconds: number | undefined): string {
  return seconds === undefined ? 'None' : pythonFloat(seconds);
}

function diskVariables(
  { hvparams }: Instance,
  { disk, devPath }: OpenedDisk,
  index: number,
): Variables {
  const prefix = `DISK_${String(index)}_`;
  return {
    [`${prefix}ACCESS`]: disk.mode,
    [`${prefix}UUID`]: disk.uuid,
    [`${prefix}SIZE`]: String(disk.size),
    [`${prefix}PATH`]: devPath,
    [`${prefix}NAME`]: orLeftOut(disk.name),
    [`${prefix}FRONTEND_TYPE`]: ifPresent(hvparams, 'disk_type'),
    [`${prefix}BACKEND_TYPE`]: backendType(disk),
  };
}

/** Ganeti: constants.DTS_BLOCK, DTS_FILEBASED */
function backendType({ dev_type: template, logical_id: logicalId }: Disk): string | undefined {
  if (['blockdev', 'drbd', 'ext', 'plain', 'rbd'].includes(template)) return 'block';
  if (['file', 'gluster', 'sharedfile'].includes(template))
    return `file:${pythonText(logicalId[0])}`;
  return undefined;
}

function nicVariables({ hvparams }: Instance, nic: Nic, index: number): Variables {
  const prefix = `NIC_${String(index)}_`;
  const { mode, link } = nic.nicparams ?? {};
  return {
    [`${prefix}MAC`]: nic.mac,
    [`${prefix}UUID`]: nic.uuid,
    [`${prefix}NAME`]: orLeftOut(nic.name),
    [`${prefix}IP`]: orLeftOut(nic.ip),
    [`${prefix}MODE`]: mode,
    [`${prefix}BRIDGE`]: mode === 'bridged' ? (link ?? undefined) : undefined,
    [`${prefix}LINK`]: orLeftOut(link),
    ...networkVariables(`${prefix}NETWORK_`, nic.netinfo ?? {}),
    [`${prefix}FRONTEND_TYPE`]: ifPresent(hvparams, 'nic_type'),
  };
}

/** Ganeti: objects.Network.HooksDict */
function networkVariables(prefix: string, network: Readonly<Record<string, unknown>>): Variables {
  if (Object.keys(network).length === 0) return {};
  const { tags } = network as { tags?: readonly string[] | null };
  return {
    [`${prefix}NAME`]: ifPresent(network, 'name'),
    [`${prefix}UUID`]: ifPresent(network, 'uuid'),
    [`${prefix}TAGS`]: (tags ?? []).join(' '),
    [`${prefix}SUBNET`]: orLeftOut(network['network']),
    [`${prefix}GATEWAY`]: orLeftOut(network['gateway']),
    [`${prefix}SUBNET6`]: orLeftOut(network['network6']),
    [`${prefix}GATEWAY6`]: orLeftOut(network['gateway6']),
    [`${prefix}MAC_PREFIX`]: orLeftOut(network['mac_prefix']),
  };
}

function prefixed(prefix: string, values: Readonly<Record<string, unknown>>): Variables {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}${name}`, pythonText(value)]),
  );
}

function orLeftOut(value: unknown): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : pythonText(value);
}

function ifPresent(values: Readonly<Record<string, unknown>>, name: string): string | undefined {
  return values[name] === undefined ? undefined : pythonText(values[name]);
}

/** Names the parameter but not its value, which may be private; Node's own error would quote it. */
function definedVariables(variables: Variables): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    if (/[=\0]/.test(name) || value.includes('\0'))
      throw new RpcFailure(`${JSON.stringify(name)} cannot be passed to an OS script`);
    defined[name] = value;
  }
  return defined;
}
