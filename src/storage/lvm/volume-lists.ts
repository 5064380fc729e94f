import { errorReason } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import type { NodeVolume } from '../../generated/objects.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import { isLvmName } from './names.js';
import { parsedNumber } from './numbers.js';
import { LvmTools } from './tools.js';

/** Size in MiB as LVM writes it, and whether the volume is inactive and open. */
export type ListedVolume = [sizeMiB: string, isInactive: boolean, isOnline: boolean];

/** Lists what LVM has on this node. */
export class VolumeLists {
  readonly #lvm: LvmTools;

  constructor({ commands }: { commands: CommandRunner }) {
    this.#lvm = new LvmTools({ commands });
  }

  /**
   * The logical volumes by `group/volume` (Ganeti: backend.GetVolumeList).
   *
   * @param groups none for all
   * @throws RpcFailure
   */
  async logicalVolumes(groups: readonly string[]): Promise<Record<string, ListedVolume>> {
    for (const group of groups)
      if (!isLvmName(group)) throw new RpcFailure(`Invalid LVM name '${group}'`);
    const fields = ['vg_name', 'lv_name', 'lv_size', 'lv_attr'] as const;
    const rows = await failing('Failed to list logical volumes, lvs output', () =>
      this.#lvm.report('lvs', fields, { names: groups }),
    );
    // Virtual volumes have lost what they were made of, and hold no data.
    const real = rows.filter(({ lv_attr: attributes }) => !attributes.startsWith('v'));
    return Object.fromEntries(
      real.map((row) => [
        `${row.vg_name}/${row.lv_name}`,
        [row.lv_size, row.lv_attr.charAt(4) === '-', row.lv_attr.charAt(5) === 'o'],
      ]),
    );
  }

  /**
   * The sizes of the volume groups in MiB (Ganeti: utils.ListVolumeGroups).
   *
   * Deviation: that LVM fails is a failure here, and the same as no groups to Ganeti; that there is no LVM is as there.
   *
   * @throws RpcFailure
   */
  async volumeGroups(): Promise<Record<string, number>> {
    return failing('Failed to list volume groups, vgs output', async () => {
      const fields = ['vg_name', 'vg_size'] as const;
      const rows = await withoutLvm([], () => this.#lvm.report('vgs', fields));
      const sizes = rows.map((row) => [row.vg_name, Math.trunc(parsedNumber('vgs', row.vg_size))]);
      return Object.fromEntries(sizes) as Record<string, number>;
    });
  }

  /**
   * The logical volumes, each once for every device on which it lies (Ganeti: backend.NodeVolumes).
   *
   * @throws RpcFailure
   */
  async nodeVolumes(): Promise<NodeVolume[]> {
    const fields = ['lv_name', 'lv_size', 'devices', 'vg_name'] as const;
    const rows = await failing('Failed to list logical volumes, lvs output', () =>
      this.#lvm.report('lvs', fields),
    );
    return rows.flatMap((row) =>
      row.devices.split(',').map((device) => ({
        name: row.lv_name,
        size: row.lv_size,
        dev: device.replace(/\(.*/, ''),
        vg: row.vg_name,
      })),
    );
  }
}

async function withoutLvm<T>(instead: T, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const isMissing =
      error instanceof CommandError && error.exitCode === undefined && !error.timedOut;
    if (isMissing && error.signal === undefined) return instead;
    throw error;
  }
}

async function failing<T>(prefix: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const reason = error instanceof CommandError ? error.output : errorReason(error);
    throw new RpcFailure(`${prefix}: ${reason}`, { cause: error });
  }
}
