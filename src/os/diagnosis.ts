import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorReason, ignoring } from '../base/errno.js';
import { findOsIn, type OsDefinition } from './definition.js';

/** What the master asks of each definition: whether it can be used, and else what is wrong with it. */
export type OsDiagnosis = [
  name: string,
  path: string,
  isValid: boolean,
  problem: string,
  variants: string[],
  parameters: string[][],
  apiVersions: number[],
  isTrusted: boolean,
];

/**
 * What is in the directories of OS definitions, the unusable ones too (Ganeti: backend.DiagnoseOS).
 *
 * Deviation: a directory that cannot be read hides itself only; in Ganeti also those behind it.
 */
export async function diagnoseOs(osSearchPath: readonly string[]): Promise<OsDiagnosis[]> {
  const found: OsDiagnosis[] = [];
  for (const directory of osSearchPath)
    for (const name of await visibleNames(directory))
      found.push(await diagnoseOne(osSearchPath, directory, name));
  return found;
}

async function diagnoseOne(
  osSearchPath: readonly string[],
  directory: string,
  name: string,
): Promise<OsDiagnosis> {
  const path = join(directory, name);
  try {
    return valid(path, await findOsIn(osSearchPath, directory, name));
  } catch (error) {
    return [name, path, false, errorReason(error), [], [], [], true];
  }
}

function valid(path: string, definition: OsDefinition): OsDiagnosis {
  const { name, supportedVariants, supportedParameters, apiVersions } = definition;
  const parameters = supportedParameters.map((parameter) => [...parameter]);
  const isTrusted = definition.createScriptUntrusted === undefined;
  return [name, path, true, '', [...supportedVariants], parameters, [...apiVersions], isTrusted];
}

/** Neither hidden ones nor what a file system has for itself (Ganeti: utils.ListVisibleFiles). */
async function visibleNames(directory: string): Promise<string[]> {
  const unreadable = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'EIO'];
  const names = await ignoring(unreadable, readdir(directory));
  return (names ?? []).filter((name) => !name.startsWith('.') && name !== 'lost+found').sort();
}
