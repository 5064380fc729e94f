import { closeSync, openSync } from 'node:fs';
import type { LogTarget } from '../../../src/system/command/command-options.js';
import type { LogDoor, LogPipe } from '../../../src/system/log-keeper/log-keeper.js';

/** Lets programs write to their logs themselves, without any limit. */
export class DirectLogs implements LogDoor {
  open({ path }: LogTarget): LogPipe {
    const fd = openSync(path, 'a');
    return {
      fd,
      written: () => Promise.resolve(),
      release: () => {
        closeSync(fd);
      },
    };
  }
}
