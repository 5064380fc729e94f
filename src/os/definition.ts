import { realpath } from 'node:fs/promises';
import { RpcFailure } from '../base/errors.js';
import { findFile } from '../system/file/find-file.js';
import { OsDirectory } from './definition-directory.js';
import { splitOsName } from './os-name.js';

/** The versions of the interface between node and OS definition that are spoken (Ganeti: constants.OS_API_VERSIONS). */
export const OS_API_VERSIONS = [10, 15, 20];
export const VERSION_WITH_VARIANTS = 15;
const VERSION_WITH_PARAMETERS = 20;

/** A directory with the scripts that install an operating system (Ganeti: objects.OS). Paths are absolute. */
export interface OsDefinition {
  /** Without a variant. */
  readonly name: string;
  readonly path: string;
  /** All that the definition offers, also those not spoken here. */
  readonly apiVersions: readonly number[];
  readonly createScript: string | undefined;
  /** Wants to be run inside a virtual machine. */
  readonly createScriptUntrusted: string | undefined;
  readonly exportScript: string;
  readonly importScript: string;
  readonly renameScript: string;
  readonly verifyScript: string | undefined;
  readonly supportedVariants: readonly string[];
  /** Name, and a help text if there is one. */
  readonly supportedParameters: readonly (readonly string[])[];
}

/**
 * Finds the definition of `osName`, whose variant is not looked at, and checks that it is whole.
 *
 * Ganeti: backend.OSFromDisk, backend._TryOSFromDisk
 *
 * @param osSearchPath the directories in which definitions are looked for, in order
 * @throws RpcFailure that says what is wrong with the definition
 */
export async function findOs(
  osSearchPath: readonly string[],
  osName: string,
): Promise<OsDefinition> {
  return findDefinition(osSearchPath, osSearchPath, splitOsName(osName).name);
}

/** Like `findOs`, in one directory of the search path. */
export async function findOsIn(
  osSearchPath: readonly string[],
  directory: string,
  name: string,
): Promise<OsDefinition> {
  return findDefinition(osSearchPath, [directory], name);
}

async function findDefinition(
  osSearchPath: readonly string[],
  directories: readonly string[],
  name: string,
): Promise<OsDefinition> {
  const path = await findFile(name, directories, (stats) => stats.isDirectory());
  if (path === undefined) throw new RpcFailure(`Directory for OS ${name} not found in search path`);
  const directory = new OsDirectory(path, await realSearchPath(osSearchPath));
  await directory.checkInside();
  return readDefinition(name, directory);
}

async function realSearchPath(osSearchPath: readonly string[]): Promise<string[]> {
  const found = await Promise.allSettled(osSearchPath.map((path) => realpath(path)));
  return found.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
}

async function readDefinition(name: string, directory: OsDirectory): Promise<OsDefinition> {
  const apiVersions = await directory.apiVersions();
  if (!OS_API_VERSIONS.some((version) => apiVersions.includes(version)))
    throw new RpcFailure(
      `API version mismatch for path '${directory.path}': found [${apiVersions.join(', ')}],` +
        ` want [${OS_API_VERSIONS.join(', ')}].`,
    );
  const newest = Math.max(...apiVersions);
  const scripts = await readScripts(directory, newest);
  return {
    name,
    path: directory.path,
    apiVersions,
    ...scripts,
    supportedVariants: newest >= VERSION_WITH_VARIANTS ? await directory.variants() : [],
    supportedParameters: newest >= VERSION_WITH_PARAMETERS ? await directory.parameters() : [],
  };
}

async function readScripts(directory: OsDirectory, newest: number) {
  const scripts = {
    createScript: await directory.optionalScript('create'),
    createScriptUntrusted: await directory.optionalScript('create_untrusted'),
    exportScript: await directory.requiredScript('export'),
    importScript: await directory.requiredScript('import'),
    renameScript: await directory.requiredScript('rename'),
    verifyScript:
      newest >= VERSION_WITH_PARAMETERS ? await directory.requiredScript('verify') : undefined,
  };
  if (scripts.createScript === undefined && scripts.createScriptUntrusted === undefined)
    throw new RpcFailure(
      `A create script (trusted or untrusted) under path '${directory.path}' must exist`,
    );
  return scripts;
}
