import { INSTANCE_REQUESTS } from './instance-requests.js';
import { NODE_REQUESTS } from './node-requests.js';
import type { Requests } from './requests.js';
import { STORAGE_REQUESTS } from './storage-requests.js';

/** Of every call that changes nothing, in the order in which they are asked. */
export const REQUESTS: Requests = { ...INSTANCE_REQUESTS, ...STORAGE_REQUESTS, ...NODE_REQUESTS };

/** What is done on both hosts just before a request. */
export const GIVEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  export_list: { 'where there is no directory of exports': 'rm -rf /var/lib/ganeti/export' },
  get_watcher_pause: {
    'when it is paused': 'echo 4102444800 >/var/lib/ganeti/watcher.pause',
    'when the pause is over': 'echo 1000000000 >/var/lib/ganeti/watcher.pause',
    'when nobody can read it': 'echo tomorrow >/var/lib/ganeti/watcher.pause',
  },
};
