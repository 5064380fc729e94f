import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoring } from '../../base/errno.js';
import { RpcFailure } from '../../base/errors.js';
import type { SystemDirs } from '../../system/proc/system-dirs.js';

/** Those of `names` that are no network bridges of this node (Ganeti: utils.BridgeExists). */
export async function missingBridges(
  { sys }: SystemDirs,
  names: readonly string[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const name of names) if (!(await bridgeExists(sys, name))) missing.push(name);
  return missing;
}

/**
 * Ganeti: backend.BridgesExist
 *
 * @throws RpcFailure that names the missing ones
 */
export async function checkBridges(
  systemDirs: SystemDirs,
  names: readonly string[],
): Promise<void> {
  const missing = await missingBridges(systemDirs, names);
  if (missing.length > 0) throw new RpcFailure(`Missing bridges ${missing.join(', ')}`);
}

async function bridgeExists(sys: string, name: string): Promise<boolean> {
  if (!/^[^/\0]+$/.test(name) || name === '.' || name === '..') return false;
  const path = join(sys, 'class/net', name, 'bridge');
  const found = await ignoring(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'], stat(path));
  return found?.isDirectory() ?? false;
}
