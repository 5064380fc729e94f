import { join } from 'node:path';
import type { Logger } from 'winston';
import type { WallClock } from '../base/clock.js';
import { RpcFailure } from '../base/errors.js';
import { escapeControl } from '../base/text.js';
import type { Instance } from '../generated/objects.js';
import type { BlockDevices } from '../storage/disks/block-devices.js';
import { CommandError, type CommandRunner } from '../system/command/command.js';
import type { LoopOver } from '../system/device/loop-devices.js';
import type { DiskUsers } from '../system/disk/disk-users.js';
import { tailFile } from '../system/file/files.js';
import { findOs, type OsDefinition } from './definition.js';
import { type OpenedDisk, osEnvironment } from './environment.js';
import { createOsLog, type OsLogSubject } from './log.js';
import { openDisks } from './open-disks.js';

const LOG_LIMIT_BYTES = 1024 * 1024;
const LINES_IN_MESSAGE = 20;

/**
 * What runs the scripts of OS definitions.
 *
 * Deviation: a script has mounts of its own, which go with it, and loop devices over the disks that it leaves attached are
 * detached. In Ganeti they stay, and a disk that is removed then goes on taking its space.
 */
export interface OsScriptsParts {
  readonly osSearchPath: readonly string[];
  readonly blockDevices: Pick<BlockDevices, 'open'>;
  /** Ends with a script all that it has started. */
  readonly confined: CommandRunner;
  /** The daemons' directory of logs, in which those of the scripts have one of their own. */
  readonly logDir: string;
  readonly clock: WallClock;
  readonly timeoutsMs: { readonly osScript: number };
  readonly diskUsers: Pick<DiskUsers, 'loopsOver' | 'detach'>;
  /** Undefined where we may make mount namespaces. */
  readonly missingMountRight: () => string | undefined;
  readonly logger: Logger;
}

/**
 * Installs the instance's operating system on its disks (Ganeti: backend.InstanceOsAdd).
 *
 * @throws RpcFailure with the last lines that a failed script wrote
 */
export async function installOs(
  parts: OsScriptsParts,
  instance: Instance,
  reinstall: boolean,
  debug: number,
): Promise<void> {
  const definition = await findOs(parts.osSearchPath, instance.os);
  const script = trustedCreateScript(definition);
  const disks = await openDisks(parts.blockDevices, instance);
  const env = osEnvironment(instance, definition, disks, { debug });
  if (reinstall) env['INSTANCE_REINSTALL'] = '1';
  const subject = { kind: 'add', os: instance.os, instance: instance.name };
  await run(parts, 'create', script, disks, { cwd: definition.path, env, subject });
}

/**
 * Tells the instance's operating system, on its disks, that the instance has a new name (Ganeti:
 * backend.RunRenameInstance).
 *
 * @throws RpcFailure with the last lines that a failed script wrote
 */
export async function renameOs(
  parts: OsScriptsParts,
  instance: Instance,
  oldName: string,
  debug: number,
): Promise<void> {
  const definition = await findOs(parts.osSearchPath, instance.os);
  const disks = await openDisks(parts.blockDevices, instance);
  const env = osEnvironment(instance, definition, disks, { debug });
  env['OLD_INSTANCE_NAME'] = oldName;
  const subject = { kind: 'rename', os: instance.os, instance: `${oldName}-${instance.name}` };
  await run(parts, 'rename', definition.renameScript, disks, {
    cwd: definition.path,
    env,
    subject,
  });
}

async function run(
  parts: OsScriptsParts,
  what: string,
  script: string,
  disks: readonly OpenedDisk[],
  {
    cwd,
    env,
    subject,
  }: { cwd: string; env: Readonly<Record<string, string>>; subject: OsLogSubject },
): Promise<void> {
  const { logDir, clock, confined, timeoutsMs, missingMountRight } = parts;
  const logFile = await createOsLog(join(logDir, 'os'), subject, clock.wallTime());
  const log = { path: logFile, limitBytes: LOG_LIMIT_BYTES };
  const timeoutMs = timeoutsMs.osScript;
  const hasOwnMounts = missingMountRight() === undefined;
  const before = new Set((await loopsOver(parts, disks)).map(({ path }) => path));
  try {
    await confined.run([script], { timeoutMs, cwd, env, log, hasOwnMounts });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const lines = await tailFile(logFile, LINES_IN_MESSAGE);
    throw new RpcFailure(
      `OS ${what} script failed (${error.failReason}), last lines in the log file:\n` +
        lines.map(escapeControl).join('\n'),
      { cause: error, data: { logFile } },
    );
  } finally {
    const left = (await loopsOver(parts, disks)).filter(({ path }) => !before.has(path));
    for (const loop of left) await detachLeft(parts, loop, subject.instance);
  }
}

async function loopsOver(
  { diskUsers }: OsScriptsParts,
  disks: readonly OpenedDisk[],
): Promise<LoopOver[]> {
  return (await Promise.all(disks.map(({ devPath }) => diskUsers.loopsOver(devPath)))).flat();
}

async function detachLeft(
  { diskUsers, logger }: OsScriptsParts,
  loop: LoopOver,
  instance: string,
): Promise<void> {
  const isGone = await diskUsers.detach(loop);
  const { path, disk } = loop;
  logger.warn('an OS script has left a loop device', { instance, path, file: disk.path, isGone });
}

function trustedCreateScript({ name, createScript }: OsDefinition): string {
  // Ganeti's master runs these in a virtual machine of their own, and does not ask the node to.
  if (createScript === undefined)
    throw new RpcFailure(
      `OS '${name}' has only an untrusted create script, and untrusted create scripts are not served`,
      { kind: 'not-served' },
    );
  return createScript;
}
