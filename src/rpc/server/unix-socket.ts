import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { errorCode, ignoring } from '../../base/errno.js';
import { renamePath, setMode } from '../../system/file/changes.js';
import { makeTemporaryDirectory, removeTree } from '../../system/file/directories.js';
import { removeIfExists } from '../../system/file/files.js';
import type { Listener } from './listener.js';

/** What fits into a sockaddr_un; the rest would be cut off silently. */
const MAX_PATH_BYTES = 107;

/**
 * Binds `listener` to a socket that nobody but us could use for a moment: it is made in a directory of its own, and
 * moved to its place when its mode is right. (A umask would do for the socket, but also for every other file that is
 * being made.)
 *
 * @returns a function that removes the socket, unless another one has taken its place
 * @throws when a server answers there, or something else than a socket is there
 */
export async function bindPrivately(
  listener: Listener,
  path: string,
): Promise<() => Promise<void>> {
  await refuseToTakeOver(path);
  const directory = await makeTemporaryDirectory(`${path}.`);
  try {
    const temporary = join(directory, 's');
    if (Buffer.byteLength(temporary) > MAX_PATH_BYTES)
      throw new Error(`The path of the Unix socket is too long: ${path}`);
    await listener.listen({ path: temporary });
    await setMode(temporary, 0o600);
    await renamePath(temporary, path);
  } catch (error) {
    await listener.stop();
    throw error;
  } finally {
    await removeTree(directory);
  }
  const { ino } = await lstat(path);
  return async () => {
    const found = await ignoring(['ENOENT'], lstat(path));
    if (found?.ino === ino) await removeIfExists(path);
  };
}

async function refuseToTakeOver(path: string): Promise<void> {
  const found = await ignoring(['ENOENT'], lstat(path));
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is there already and is not a socket`);
  if (await isAnswered(path)) throw new Error(`Another server answers on ${path}`);
}

/** Only a refusal shows that nobody is there: a server that is too busy to answer is one, too. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      resolve(!['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? ''));
    });
  });
}
