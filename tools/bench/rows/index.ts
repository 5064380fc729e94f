import type { Row } from '../row.js';
import { cluster } from './cluster.js';
import { eventLoop } from './event-loop.js';
import { hangingDisk } from './hanging-disk.js';
import { crowd, startStop } from './lifecycle.js';
import { listing } from './listing.js';
import { memory } from './memory.js';
import { resumption } from './resumption.js';
import { info, jobQueue } from './small-calls.js';
import { startUp } from './start-up.js';
import { versionKept, versionNew } from './wire.js';

/** All that is measured, in this order. */
export const ROWS: readonly Row[] = [
  versionNew,
  versionKept,
  resumption,
  jobQueue,
  info,
  listing,
  startStop,
  crowd,
  eventLoop,
  hangingDisk,
  memory,
  startUp,
  cluster,
];
