import { tmpdir } from 'node:os';
import type { Logger } from 'winston';
import { SYSTEM_CLOCK } from '../base/clock.js';
import { allCalls, type CallNeeds } from '../calls/all-calls.js';
import { executeCall } from '../calls/executor.js';
import { Locks } from '../calls/locks.js';
import type { Config } from '../config/config.js';
import { type GanetiPaths, ganetiPaths } from '../ganeti/paths.js';
import { CONFIG_DEFAULTS } from '../generated/config-defaults.js';
import { listInstances } from '../instance/queries.js';
import { storeReason } from '../instance/reason-trail.js';
import { endCommand } from '../instance/transfer/io-commands.js';
import { makeShownCertificate } from '../instance/transfer/shown-certificates.js';
import type { JobQueue } from '../node/files/job-queue.js';
import { diagnoseOs } from '../os/diagnosis.js';
import { Dispatcher } from '../rpc/dispatcher.js';
import { withinDescriptors } from '../rpc/limits.js';
import { CallSchemas } from '../rpc/schemas/call-schemas.js';
import { openRpcDocument } from '../rpc/schemas/openrpc.js';
import { ParameterValidator } from '../rpc/schemas/parameter-validator.js';
import { RpcServer } from '../rpc/server/rpc-server.js';
import { ConfinedCommands } from '../system/command/confined-commands.js';
import { makeDirectory } from '../system/file/directories.js';
import { maxOpenFiles } from '../system/kernel/rights.js';
import { type Basis, openDoors, type Surroundings } from './basis.js';
import { createHypervisors } from './hypervisors.js';
import { clearLeftovers } from './leftovers.js';
import { createNode } from './node.js';
import { createStorage } from './storage.js';

/** The whole daemon, listening nowhere yet. */
export interface ComposedDaemon {
  readonly server: RpcServer;
  /** Why no control groups can be made, and so no chroots can run; undefined when they can. */
  readonly missingControlGroups: string | undefined;
  /** Takes no more calls, waits for those that run, and lets go of everything. Instances go on. */
  close(): Promise<{ unfinished: string[] }>;
}

/** Builds the daemon from its configuration: the only place where the parts are put together. */
export async function composeDaemon(
  config: Config,
  version: string,
  { doors: givenDoors, logWritten, ...surroundings }: Surroundings,
): Promise<ComposedDaemon> {
  const { logger } = surroundings;
  const { timeoutsMs } = config;
  const named = ganetiPaths(config.paths);
  await makeRunDirectories(named);
  const doors = givenDoors ?? (await openDoors(config, logger));
  const confined = new ConfinedCommands(doors);
  await clearLeftovers(config, { confined, logger });
  const basis = {
    ...{ ...doors, ...surroundings, ...config.paths, ...named },
    ...{ config, timeoutsMs, confined, clock: SYSTEM_CLOCK, temporaryDir: tmpdir() },
  };
  const needs = await createNeeds(basis);
  await prepareJobQueue(needs.jobQueue, logger);
  const schemas = CallSchemas.load();
  const calls = allCalls(needs);
  const limits = withinDescriptors({ ...CONFIG_DEFAULTS.limits, ...config.limits }, maxOpenFiles());
  const locks = new Locks({
    timeoutMs: timeoutsMs.lock,
    maxWaitingInAll: limits.maxQueuedCalls,
    identify: (path) => doors.disks.run('identitiesOf', { path }, path),
  });
  const dispatcher = new Dispatcher({
    schemas,
    validator: new ParameterValidator(schemas),
    executor: {
      execute: (call, params, start) => executeCall({ calls, locks }, call, params, start),
      refuseWaiting: (reason) => {
        locks.refuseWaiting(reason);
      },
    },
    logger,
    limits,
    clock: SYSTEM_CLOCK,
  });
  const discover = () => openRpcDocument(schemas, version);
  const written = logWritten === undefined ? {} : { logWritten };
  const server = new RpcServer({ dispatcher, discover, logger, ...written, limits });
  return {
    server,
    missingControlGroups: doors.cgroups.missing,
    close: async () => {
      const result = await server.close({ graceMs: timeoutsMs.finish });
      await doors.close();
      return result;
    },
  };
}

/** What the calls are carried out by. */
async function createNeeds(basis: Basis): Promise<CallNeeds> {
  const { osSearchPath, reasonTrailsDir } = basis;
  const parts = {
    ...basis,
    ...createStorage(basis),
    ...createNode(basis),
    ...(await createHypervisors(basis)),
  };
  return {
    ...parts,
    storeReason: (instance, trail) => storeReason(reasonTrailsDir, instance, trail),
    listInstances: (names, hvparams) => listInstances(parts.hypervisors, names, hvparams),
    diagnoseOs: () => diagnoseOs(osSearchPath),
    transferEnd: (transfer) => endCommand(parts, transfer),
    shownCertificate: (directory) => makeShownCertificate(parts, directory),
  };
}

/** Without its queue a node can still do nearly everything. */
async function prepareJobQueue(jobQueue: JobQueue, logger: Logger): Promise<void> {
  try {
    await jobQueue.prepare();
  } catch (error) {
    logger.error("can't prepare the job queue, proceeding anyway", { reason: String(error) });
  }
}

async function makeRunDirectories(named: GanetiPaths): Promise<void> {
  const ofInstances = [named.chrootsDir, named.fakeInstancesDir, named.reasonTrailsDir];
  for (const directory of [...ofInstances, named.diskLinksDir, named.deviceCacheDir])
    await makeDirectory(directory, 0o755);
}
