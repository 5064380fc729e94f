import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { candidateMap } from '../../kit/certificates.js';
import type { Random } from '../../kit/random.js';
import type { SoakDaemon } from '../daemon.js';
import type { Identities } from '../identities.js';
import type { Caller, Outcome } from './caller.js';
import { HYPERVISORS } from './instances.js';

/** What else is asked of the daemon while instances come and go. */
export const ASIDES = [
  'instance-list',
  'all-instances-info',
  'node-info',
  'upload',
  'job-queue',
  'ssconf',
  'nonsense',
  'stranger',
  'hang-up',
] as const;
export type Aside = (typeof ASIDES)[number];

/** What an aside needs. */
export interface AsideParts {
  readonly daemon: SoakDaemon;
  readonly caller: Caller;
  readonly identities: Identities;
  readonly random: Random;
}

const LARGEST_UPLOAD_BYTES = 100_000;
/** Jobs have numbers below this: their files are written again and again. */
const JOBS = 100;

/** Makes one of them; gives what became of its calls and which of them were to fail. */
export async function makeAside(
  aside: Aside,
  parts: AsideParts,
): Promise<{ outcomes: Outcome[]; isToFail: boolean }> {
  const { caller } = parts;
  if (aside === 'stranger') {
    await caller.callAsStranger();
    return { outcomes: [], isToFail: false };
  }
  if (aside === 'hang-up') {
    await caller.hangUp(...request('all-instances-info', parts));
    return { outcomes: [], isToFail: false };
  }
  const outcomes = [await caller.call(...request(aside, parts))];
  return { outcomes, isToFail: aside === 'nonsense' };
}

type Request = [method: string, params: unknown[]];

function request(aside: Exclude<Aside, 'stranger' | 'hang-up'>, parts: AsideParts): Request {
  const { daemon, identities, random } = parts;
  switch (aside) {
    case 'instance-list':
      return ['instance_list', [['chroot'], HYPERVISORS]];
    case 'all-instances-info':
      return ['all_instances_info', [['chroot'], HYPERVISORS]];
    case 'node-info': {
      const storage = ['file', join(daemon.stateDir, 'file-storage'), []];
      return ['node_info', [[storage], [['chroot', HYPERVISORS.chroot]]]];
    }
    case 'upload': {
      const file = join(daemon.dataDir, random.pick(['known_hosts', 'config.data']));
      return ['upload_file', [[file, content(random), 0o600, 'root', 'root', null, null]]];
    }
    case 'job-queue': {
      const file = join(daemon.dataDir, `queue/job-${random.below(JOBS)}`);
      return ['jobqueue_update', [file, content(random)]];
    }
    case 'ssconf': {
      const lines = Array.from(
        { length: random.below(50) },
        (_, index) => `node${index}.example.com`,
      );
      const master_candidates_certs = candidateMap(identities.candidate);
      return ['write_ssconf_files', [{ node_list: lines, master_candidates_certs }]];
    }
    case 'nonsense':
      return ['instance_start', [{ name: '../..' }, 'perhaps', random.below(10)]];
  }
}

/** As Ganeti sends files: zlib and base64. */
function content(random: Random): [encoding: number, text: string] {
  const length = random.below(LARGEST_UPLOAD_BYTES);
  // Half of it can't be compressed.
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 8) bytes.writeUInt8(random.below(256), at);
  return [1, deflateSync(bytes).toString('base64')];
}
