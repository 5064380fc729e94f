import { BlockDeviceError, RpcFailure } from '../../base/errors.js';
import { translate } from '../../base/translate.js';
import { CommandError, commandReason } from '../../system/command/command.js';
import { isLvmName } from '../lvm/names.js';
import { parsedNumber } from '../lvm/numbers.js';
import type { LvmTools } from '../lvm/tools.js';
import { roundHalfToEven } from './file-system-space.js';
import {
  type FieldValue,
  type StorageContainer,
  unknownField,
  unknownOperation,
  unmodifiable,
} from './storage-container.js';

type Row = Readonly<Record<string, string>>;
/** How each field of Ganeti is made of those of LVM. */
type Fields = ReadonlyMap<string, (row: Row) => FieldValue>;

const PV_FIELDS = ['pv_name', 'pv_size', 'pv_used', 'pv_free', 'pv_attr'] as const;
const VG_FIELDS = ['vg_name', 'vg_size', 'vg_free'] as const;

const PV_VALUES: Fields = new Map<string, (row: Row) => FieldValue>([
  ['name', (row) => row['pv_name'] ?? ''],
  ['size', (row) => sizeOf('pvs', row['pv_size'])],
  ['used', (row) => sizeOf('pvs', row['pv_used'])],
  ['free', (row) => sizeOf('pvs', row['pv_free'])],
  ['allocatable', (row) => row['pv_attr']?.startsWith('a') === true],
]);
const VG_VALUES: Fields = new Map<string, (row: Row) => FieldValue>([
  ['name', (row) => row['vg_name'] ?? ''],
  ['size', (row) => sizeOf('vgs', row['vg_size'])],
  ['free', (row) => sizeOf('vgs', row['vg_free'])],
  ['used', (row) => sizeOf('vgs', row['vg_size']) - sizeOf('vgs', row['vg_free'])],
  ['allocatable', () => true],
]);

/** Ganeti: container._ParseSize */
function sizeOf(tool: 'pvs' | 'vgs', text = ''): number {
  return roundHalfToEven(parsedNumber(tool, text));
}

/** Physical volumes of LVM (Ganeti: container.LvmPvStorage). */
export class PhysicalVolumeContainer implements StorageContainer {
  readonly #lvm: LvmTools;

  constructor({ lvm }: { lvm: LvmTools }) {
    this.#lvm = lvm;
  }

  list(name: string | null, fields: readonly string[]): Promise<FieldValue[][]> {
    if (name !== null) checkPvName(name);
    const names = name === null ? [] : [name];
    return listed(PV_VALUES, fields, 'pvs', () => this.#lvm.report('pvs', PV_FIELDS, { names }));
  }

  async modify(name: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
    const { allocatable, ...others } = changes;
    const refused = Object.keys(others);
    // Deviation: Ganeti changes what it can before it complains of the rest.
    if (refused.length > 0) throw unmodifiable(refused);
    if (allocatable === undefined) return;
    checkPvName(name);
    const argv = ['pvchange', '--allocatable', allocatable === true ? 'y' : 'n', name] as const;
    await outputOf(this.#lvm, 'Failed to modify physical volume, pvchange output', argv);
  }
}

/** Volume groups of LVM (Ganeti: container.LvmVgStorage). */
export class VolumeGroupContainer implements StorageContainer {
  readonly #lvm: LvmTools;

  constructor({ lvm }: { lvm: LvmTools }) {
    this.#lvm = lvm;
  }

  list(name: string | null, fields: readonly string[]): Promise<FieldValue[][]> {
    if (name !== null) checkVgName(name);
    const names = name === null ? [] : [name];
    return listed(VG_VALUES, fields, 'vgs', () => this.#lvm.report('vgs', VG_FIELDS, { names }));
  }

  async execute(name: string, operation: string): Promise<void> {
    if (operation !== 'fix-consistency') throw unknownOperation(operation);
    checkVgName(name);
    await this.#removeMissing(name);
  }

  /** Forgets the devices that a group has lost (Ganeti: LvmVgStorage._RemoveMissing). */
  async #removeMissing(name: string): Promise<void> {
    const reduce = ['vgreduce', '--removemissing'] as const;
    let reduced = await this.#outputOf([...reduce, name]);
    const isDone = reduced.includes('Wrote out consistent volume group');
    if (!isDone || reduced.includes('vgreduce --removemissing --force'))
      reduced += `\n${await this.#outputOf([...reduce, '--force', name])}`;
    const listed = ['vgs', '--noheadings', '--nosuffix', name] as const;
    const inconsistent = `Volume group '${name}' still not consistent, 'vgreduce' output: '${reduced}', 'vgs' output`;
    const output = await outputOf(this.#lvm, inconsistent, listed);
    if (output.includes("Couldn't find device with uuid"))
      throw new RpcFailure(`${inconsistent}: ${output}`);
  }

  /** Some versions fail over a group that is consistent already; the last look at the group decides. */
  async #outputOf(argv: readonly [string, ...string[]]): Promise<string> {
    try {
      const { stdout, stderr } = await this.#lvm.run(argv);
      return `${stdout}${stderr}`;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return error.output;
    }
  }
}

async function listed(
  values: Fields,
  fields: readonly string[],
  tool: string,
  report: () => Promise<readonly Row[]>,
): Promise<FieldValue[][]> {
  const wanted = fields.map((field) => {
    const valueOf = values.get(field);
    if (valueOf === undefined) throw unknownField(field);
    return valueOf;
  });
  try {
    return (await report()).map((row) => wanted.map((valueOf) => valueOf(row)));
  } catch (error) {
    if (error instanceof BlockDeviceError) throw error;
    const reason = commandReason(error);
    throw new RpcFailure(`Failed to run '${tool}', command output: ${reason}`, { cause: error });
  }
}

/** @returns all that the tool said */
async function outputOf(
  lvm: LvmTools,
  failure: string,
  argv: readonly [string, ...string[]],
): Promise<string> {
  const toFailure = (error: CommandError) =>
    new RpcFailure(`${failure}: ${error.output}`, { cause: error });
  const { stdout, stderr } = await translate(CommandError, toFailure, () => lvm.run(argv));
  return `${stdout}${stderr}`;
}

function checkVgName(name: string): void {
  if (!isLvmName(name)) throw new RpcFailure(`Invalid LVM name '${name}'`);
}

/** Not to be taken for an option. */
function checkPvName(name: string): void {
  if (!/^\/[^\0]*$/.test(name)) throw new RpcFailure(`Invalid physical volume '${name}'`);
}
