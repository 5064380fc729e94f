import { RpcFailure } from '../../base/errors.js';
import { MS_PER_SECOND } from '../../base/units.js';
import { pythonText } from '../../ganeti/python-text.js';
import type { Disk, Instance, Nic } from '../../generated/objects.js';
import type { IniSections } from './ini-file.js';

/** Ganeti: constants.EXPORT_VERSION */
const EXPORT_VERSION = 0;
/** Ganeti: constants.NICS_PARAMETER_TYPES */
const NIC_PARAMETERS = ['link', 'mode', 'vlan'] as const;
/** Parameters that belong to the node (Ganeti: constants.HVC_GLOBALS). */
const GLOBAL_HVPARAMS = ['migration_bandwidth', 'migration_mode', 'migration_port', 'xen_cmd'];

/** A disk that has been exported, or false for one that has not. */
export type ExportedDisk = Disk | boolean;

type Options = [name: string, value: string][];

/**
 * What an export says about its instance, so that it can be made again from it (Ganeti: backend.FinalizeExport).
 *
 * @throws RpcFailure when the instance lacks something
 */
export function exportConfig(
  instance: Instance,
  disks: readonly ExportedDisk[],
  now: Date,
): IniSections {
  const { hvparams, beparams, osparams = {}, osparams_private: secrets = {} } = instance;
  const local = Object.entries(hvparams).filter(([name]) => !GLOBAL_HVPARAMS.includes(name));
  return new Map([
    ['export', new Map(exportOptions(instance, now))],
    ['instance', new Map(instanceOptions(instance, disks))],
    ['hypervisor', new Map(texts(local))],
    ['backend', new Map(texts(Object.entries(beparams)))],
    ['os', new Map(texts(Object.entries(osparams)))],
    ['os_private', new Map(texts(Object.entries(secrets)))],
  ]);
}

function exportOptions({ primary_node: source, os }: Instance, now: Date): Options {
  return [
    ['version', String(EXPORT_VERSION)],
    ['timestamp', String(Math.floor(now.getTime() / MS_PER_SECOND))],
    ['source', pythonText(source)],
    ['os', os],
    ['compression', 'none'],
  ];
}

function instanceOptions(instance: Instance, disks: readonly ExportedDisk[]): Options {
  const { name, beparams, hypervisor, tags = [], nics } = instance;
  const { maxmem, minmem, vcpus } = beparams;
  return [
    ['name', name],
    ['maxmem', whole(maxmem, 'maxmem')],
    ['minmem', whole(minmem, 'minmem')],
    // What Ganeti before 2.6 reads.
    ['memory', whole(maxmem, 'maxmem')],
    ['vcpus', whole(vcpus, 'vcpus')],
    ['disk_template', templateOf(disks)],
    ['hypervisor', hypervisor],
    ['tags', tags.join(' ')],
    ...nics.flatMap(nicOptions),
    ['nic_count', String(nics.length)],
    ...disks.flatMap(diskOptions),
    ['disk_count', String(disks.filter(Boolean).length)],
  ];
}

function nicOptions({ mac, ip, network, name, nicparams = {} }: Nic, index: number): Options {
  const parameters = NIC_PARAMETERS.map((key): [string, unknown] => [key, nicparams[key]]);
  const options = [['mac', mac], ['ip', ip], ['network', network], ['name', name], ...parameters];
  return options.map(([key, value]) => [`nic${index}_${String(key)}`, pythonText(value)]);
}

function diskOptions(disk: ExportedDisk, index: number): Options {
  if (typeof disk === 'boolean') return [];
  const prefix = `disk${index}`;
  if (disk.uuid === undefined) throw new RpcFailure(`Disk ${index} has no UUID to be found by`);
  return [
    [`${prefix}_ivname`, pythonText(disk.iv_name)],
    [`${prefix}_dump`, disk.uuid],
    [`${prefix}_size`, String(disk.size)],
    [`${prefix}_name`, pythonText(disk.name)],
  ];
}

/** Ganeti: utils.GetDiskTemplate. Deviation: there a disk that failed makes the whole export fail. */
function templateOf(disks: readonly ExportedDisk[]): string {
  const found = disks.filter((disk): disk is Disk => typeof disk !== 'boolean');
  const [template = 'diskless', ...others] = new Set(found.map((disk) => disk.dev_type));
  return others.length === 0 ? template : 'mixed';
}

function texts(values: readonly [string, unknown][]): Options {
  return values.map(([name, value]) => [name, pythonText(value)]);
}

function whole(value: unknown, name: string): string {
  if (typeof value === 'number') return String(Math.trunc(value));
  throw new RpcFailure(`The instance has no ${name}`);
}
