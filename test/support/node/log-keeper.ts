import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'mocha';
import { LogKeeper } from '../../../src/system/log-keeper/log-keeper.js';

/** A keeper of logs for all tests of a suite; that it has trouble is an error. */
export function useLogKeeper(): () => LogKeeper {
  let directory = '';
  let keeper: LogKeeper | undefined;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    keeper = new LogKeeper({
      directory,
      onTrouble: (reason) => {
        throw new Error(reason);
      },
    });
  });
  after(async () => {
    await keeper?.close();
    await rm(directory, { recursive: true });
  });
  return () => {
    if (keeper === undefined) throw new Error('the keeper is there only while tests run');
    return keeper;
  };
}
