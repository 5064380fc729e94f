import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorCode } from '../../base/errno.js';

/** Whether there is something at `path`, and how many bytes it holds (Ganeti: backend.GetFileInfo). */
export async function fileInfo(path: string): Promise<[boolean, { size?: number }]> {
  // Resolved, it would be the root of the file system.
  if (path === '') return [false, {}];
  try {
    const { size } = await stat(resolve('/', path));
    return [true, { size }];
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return [false, {}];
  }
}
