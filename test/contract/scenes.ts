/** What was there when exchanges were recorded. */
import type { VerifyResult } from '../../src/generated/objects.js';
import { NODES, publicKeys } from './support/cluster.js';
import type { Exchange, Scene } from './support/exchanges.js';

const RUNS_INST1: Scene = { runs: ['inst1.lab.test'] };
const EXPORT_OF_INST1: Scene = { directories: ['/var/lib/ganeti/export/inst1.lab.test'] };
const PUBLIC_KEYS = '/var/lib/ganeti/ganeti_pub_keys';
const [NODE1, NODE2] = NODES;

/** By what is in the exchange: the member of a cluster that has all that its reply describes. */
const SCENES_OF_CALLS: Readonly<Record<string, (exchange: Exchange) => Scene>> = {
  impexp_status: ({ params, reply }) => {
    const [[names], statuses] = [params as [string[]], reply[1] as (object | null)[]];
    const told = names.map((name, index) => [statusFile(name), statuses[index]] as const);
    return {
      texts: Object.fromEntries(
        told.filter(([, status]) => status != null).map(([file, status]) => [file, toJson(status)]),
      ),
    };
  },
  node_verify: ({ reply }) => {
    const { filelist = {}, instancelist } = reply[1] as VerifyResult;
    return {
      files: Object.keys(filelist),
      ...(Array.isArray(instancelist) ? { runs: instancelist } : {}),
    };
  },
};

/** Where nothing is said here nor by the call, the disks of the request and no instance. */
const RECORDED_SCENES: Readonly<Record<string, Scene>> = {
  'corpus/all_instances_info.jsonl:3': RUNS_INST1,
  'corpus/all_instances_info.jsonl:4': { runs: ['inst5.lab.test'] },
  'corpus/blockdev_create.jsonl:1': { disks: 'missing' },
  'corpus/blockdev_create.jsonl:2': { disks: 'missing' },
  'corpus/export_list.jsonl:3': EXPORT_OF_INST1,
  'corpus/export_list.jsonl:4': EXPORT_OF_INST1,
  'corpus/export_remove.jsonl:1': EXPORT_OF_INST1,
  'corpus/file_storage_dir_remove.jsonl:1': {
    directories: ['/srv/ganeti/file-storage/inst1.lab.test'],
  },
  'corpus/file_storage_dir_rename.jsonl:1': {
    directories: ['/srv/ganeti/file-storage/inst1.lab.test'],
  },
  'corpus/finalize_export.jsonl:1': {
    directories: ['/var/lib/ganeti/export/inst1.lab.test.new'],
  },
  'corpus/instance_console_info.jsonl:2': RUNS_INST1,
  'corpus/instance_info.jsonl:1': RUNS_INST1,
  'corpus/instance_os_add.jsonl:1': { disks: 'blank' },
  'corpus/instance_os_add.jsonl:2': { disks: 'blank' },
  'corpus/instance_reboot.jsonl:1': RUNS_INST1,
  'corpus/instance_reboot.jsonl:2': RUNS_INST1,
  'corpus/instance_shutdown.jsonl:3': RUNS_INST1,
  'corpus/jobqueue_rename.jsonl:1': { files: ['/var/lib/ganeti/queue/job-96'] },
  'corpus/node_ssh_key_remove.jsonl:2': { texts: { [PUBLIC_KEYS]: publicKeys(NODE1, NODE2) } },
  'corpus/node_verify.jsonl:5': { texts: { [PUBLIC_KEYS]: publicKeys(NODE1) } },
};

/** The scene of an exchange; those written by hand bring their own. */
export function sceneOf(exchange: Exchange): Scene {
  if (exchange.scene !== undefined || !exchange.id.startsWith('corpus/'))
    return exchange.scene ?? {};
  return { ...SCENES_OF_CALLS[exchange.call]?.(exchange), ...RECORDED_SCENES[exchange.id] };
}

/** The recorded exchanges of which there is a scene of their own. */
export const RECORDED_SCENE_IDS = Object.keys(RECORDED_SCENES);

/** Where the import-export helper tells how far a transfer is. */
function statusFile(transfer: string): string {
  return `/var/run/ganeti/import-export/${transfer}/status`;
}

function toJson(status: unknown): string {
  return JSON.stringify(status);
}
