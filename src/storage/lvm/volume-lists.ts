import { RpcFailure } from '../../base/errors.js';
import { recover, translate } from '../../base/translate.js';
import type { NodeVolume } from '../../generated/objects.js';
import { CommandError, commandReason, type CommandRunner } from '../../system/command/command.js';
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
    const rows = await failWith('Failed to list logical volumes, lvs output', () =>
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
    return failWith('Failed to list volume groups, vgs output', async () => {
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
    const rows = await failWith('Failed to list logical volumes, lvs output', () =>
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

function withoutLvm<T>(instead: T, work: () => Promise<T>): Promise<T> {
  return recover(
    CommandError,
    (error) => {
      const { exitCode, timedOut, signal } = error;
      if (exitCode === undefined && !timedOut && signal === undefined) return instead;
      throw error;
    },
    work,
  );
}

function failWith<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  const toFailure = (error: Error) =>
    new RpcFailure(`${prefix}: ${commandReason(error)}`, { cause: error });
  return translate(Error, toFailure, work);
}
