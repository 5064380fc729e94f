import type { ProgramEnd } from '../../support/fakes/fake-commands.js';

type Row = Readonly<Record<string, string>>;

/** What lvs, pvs and vgs would tell of a group with two disks, one of them in use. */
const TABLES: Readonly<Record<string, readonly Row[]>> = {
  lvs: [
    volume('disk0', { lv_attr: '-wi-ao----', lv_kernel_minor: '0', devices: '/dev/sda3(0)' }),
    volume('disk1', { lv_attr: '-wi-a-----', lv_kernel_minor: '1', devices: '/dev/sda3(5)' }),
  ],
  pvs: [
    {
      pv_name: '/dev/sda3',
      vg_name: 'xenvg',
      pv_size: '196.00',
      pv_free: '156.00',
      pv_used: '40.00',
      pv_attr: 'a--',
      lv_name: 'disk0',
    },
  ],
  vgs: [{ vg_name: 'xenvg', vg_size: '196.00', vg_free: '156.00', vg_attr: 'wz--n-' }],
};

function volume(name: string, more: Row): Row {
  return {
    vg_name: 'xenvg',
    lv_name: name,
    lv_size: '20.00',
    lv_kernel_major: '253',
    vg_extent_size: '4096.00',
    stripes: '1',
    origin: '',
    ...more,
  };
}

/** The tools of LVM: those that list print what they are asked for, all others succeed. */
export class FakeLvm {
  /** A node without LVM's volumes lists none. */
  hasVolumes = false;

  run(tool: string, args: readonly string[]): ProgramEnd {
    const fields = args.find((arg) => /^-o./.test(arg))?.slice(2);
    if (fields === undefined || !this.hasVolumes) return {};
    const rows = (TABLES[tool] ?? []).map((row) =>
      fields.split(',').map((field) => row[field] ?? ''),
    );
    return { stdout: rows.map((values) => `  ${values.join('|')}\n`).join('') };
  }
}
