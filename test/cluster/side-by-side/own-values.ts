import type { Facts } from './host.js';
import type { Reply } from './wires.js';

/** A value that two hosts can't have in common, or one host only for a moment: only its type is compared. */
interface OwnValue {
  readonly call: string;
  /** JSON pointers into the reply. */
  readonly path: RegExp;
  readonly why: string;
}

const OWN_VALUES: readonly OwnValue[] = [
  { call: 'blockdev_find', path: /^\/1\/minor$/, why: 'All hosts share the loop devices.' },
  { call: 'node_info', path: /^\/1\/1\/0\/storage_free$/, why: 'Others write to the disk.' },
  {
    call: 'node_info',
    path: /^\/1\/2\/0\/memory_(dom0|free)$/,
    why: 'Memory is taken and freed meanwhile.',
  },
  { call: 'storage_list', path: /^\/1\/0\/3$/, why: 'Others write to the disk.' },
  {
    call: 'node_verify',
    path: /^\/1\/hvinfo\/memory_(dom0|free)$/,
    why: 'Memory is taken and freed meanwhile.',
  },
  { call: 'node_verify', path: /^\/1\/time\/[01]$/, why: 'Time goes on.' },
  { call: 'node_verify', path: /^\/1\/client-cert\/1$/, why: 'Each node has its certificate.' },
  {
    call: 'node_verify',
    path: /^\/1\/filelist\/\/etc\/hosts$/,
    why: 'Each cluster has its network.',
  },
  {
    call: 'node_verify',
    path: /^\/1\/filelist\/.*ssconf_(master_ip|master_candidates_ips|node_primary_ips)$/,
    why: 'Each cluster has its network.',
  },
  {
    call: 'node_verify',
    path: /^\/1\/filelist\/.*(ssconf_nodegroups|config\.data)$/,
    why: 'Each cluster has its UUIDs.',
  },
  {
    call: 'node_verify',
    path: /^\/1\/filelist\/.*ssconf_master_candidates$/,
    why: 'Its lines are in the order of the UUIDs.',
  },
  {
    call: 'node_verify',
    path: /^\/1\/filelist\/.*(known_hosts|server\.pem|hmac\.key|cluster-domain-secret|_certs)$/,
    why: 'Each cluster has its keys.',
  },
];

/** What newer programs of LVM say first where the kernel has no device mapper; in JSON. */
const NO_DEVICE_MAPPER =
  /\/dev\/mapper\/control: open failed(?:(?!\\n).)*\\n(?: {2}(?:Failure to communicate|Check that|Incompatible)(?:(?!\\n).)*\\n)* {2}/g;

/** Lists that Ganeti gives in the order of the directory on its disk, which is any. */
const UNORDERED: readonly Omit<OwnValue, 'why'>[] = [
  { call: 'os_diagnose', path: /^\/1$/ },
  { call: 'extstorage_diagnose', path: /^\/1$/ },
  { call: 'node_verify', path: /^\/1\/oslist$/ },
];

/** Takes out of replies what can't be the same on two hosts. */
export class ReplyMask {
  readonly #unused = new Set<object>([...OWN_VALUES, ...UNORDERED]);

  /** What can be compared of a reply to `call`. */
  apply(call: string, reply: Reply, { network, loopDevice }: Facts): unknown {
    const text = JSON.stringify(reply)
      .replaceAll(NO_DEVICE_MAPPER, '')
      .replaceAll(network, 'network.')
      .replaceAll(loopDevice, '/loop-device');
    return this.#masked(call, JSON.parse(text), '');
  }

  /** Rules above that no reply has had a value for. */
  get unused(): object[] {
    return [...this.#unused];
  }

  #masked(call: string, value: unknown, path: string): unknown {
    if (this.#covers(OWN_VALUES, call, path)) return `any ${typeof value}`;
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(
      ([name, member]) => [name, this.#masked(call, member, `${path}/${name}`)] as const,
    );
    if (!Array.isArray(value)) return Object.fromEntries(members);
    const items = members.map(([, item]) => item);
    return this.#covers(UNORDERED, call, path) ? items.sort(byName) : items;
  }

  #covers(rules: readonly Omit<OwnValue, 'why'>[], call: string, path: string): boolean {
    const rule = rules.find((one) => one.call === call && one.path.test(path));
    if (rule !== undefined) this.#unused.delete(rule);
    return rule !== undefined;
  }
}

/** Rows begin with a name. */
function byName(one: unknown, other: unknown): number {
  return String((one as unknown[])[0]).localeCompare(String((other as unknown[])[0]));
}
