import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Logger } from 'winston';
import { SYSTEM_CLOCK } from './base/clock.js';
import { NODED } from './base/constants.js';
import { errorReason } from './base/errno.js';
import { messageOf } from './base/errors.js';
import { withRollback } from './base/rollback.js';
import { composeDaemon, type ComposedDaemon } from './compose/daemon.js';
import { type Config, defaultPaths, loadConfig, type Paths } from './config/config.js';
import { type NodedOptions, UsageError } from './config/options.js';
import { Ganeti } from './ganeti/ganeti.js';
import { ganetiPaths } from './ganeti/paths.js';
import { explainListenFailure, type ListenAddress, listenAddress } from './listen-address.js';
import { type Log, logFileIn, openLog } from './logging.js';
import { Ssconf } from './node/files/ssconf-reader.js';
import { NodeAddresses } from './rpc/peers/node-addresses.js';
import { PeerRule } from './rpc/peers/peer-rule.js';
import { RefusalLog } from './rpc/peers/refusal-log.js';
import { prepareStateDir } from './state-dir.js';
import { isInBackground, reportStart } from './system/command/background.js';
import { Commands, loadExeca } from './system/command/command.js';
import { sealInheritedDescriptors } from './system/command/descriptors.js';
import { PLAIN_UMASK } from './system/command/process-defaults.js';
import { makeDirectory } from './system/file/directories.js';
import { type PidFile, writePidFile } from './system/file/pid-file.js';
import { onStep } from './system/kernel/steps.js';

const RUN_DIR_MODE = 0o755;
const LOG_DIR_MODE = 0o750;
/** What is not needed for the first calls waits: those are answered first who have waited for the start. */
const AFTERWARDS_MS = 1_000;
/** Ganeti: constants.EXIT_FAILURE. */
const EXIT_FAILURE = 1;

/** The running daemon, and all that it has to let go of. */
interface Daemon {
  readonly config: Config;
  readonly composed: ComposedDaemon;
  readonly log: Log;
  readonly pidFile: PidFile;
  isStopping: boolean;
}

/** Where it comes from, and what ends it. */
interface Surroundings {
  readonly version: string;
  /** The signal that stops the daemon, also one that came while it started. */
  readonly stopSignal: Promise<string>;
}

/** Starts the daemon in this process and tells the process that waits for it; it goes on until `stopSignal`. */
export async function runDaemon(
  options: NodedOptions,
  { version, stopSignal }: Surroundings,
): Promise<void> {
  const daemon = await startDaemon(options, version);
  setTimeout(() => void finishStart(daemon, options), AFTERWARDS_MS).unref();
  process.on('SIGHUP', () => void reopen(daemon));
  void stopSignal.then((signal) => stopDaemon(daemon, signal));
  await daemon.log.written();
  reportStart({ isReady: true });
}

async function startDaemon(options: NodedOptions, version: string): Promise<Daemon> {
  process.title = NODED;
  sealInheritedDescriptors();
  // The process that starts us may have another one: what we make and what we start must not depend on that.
  process.umask(PLAIN_UMASK);
  // In the background, the file system that the starter is on must not be kept from being unmounted.
  if (isInBackground()) process.chdir('/');
  const config = await loadedConfig(options, version);
  const { runDir, logDir } = config.paths;
  for (const [path, mode] of [
    [runDir, RUN_DIR_MODE],
    [logDir, LOG_DIR_MODE],
  ] as const)
    await makeDirectory(path, mode).catch((error: unknown) => {
      throw new UsageError(`Can't make the directory ${path}: ${errorReason(error)}`);
    });
  const log = await openLogOf(config, options);
  const { logger } = log;
  if (logger.isDebugEnabled())
    onStep(({ name, subject }) => logger.debug('step done', { step: name, subject }));
  const starting = withRollback(
    async (rollback) => {
      const pidFile = await writePidFile(join(runDir, `${NODED}.pid`));
      rollback.add('PID file', () => pidFile.release());
      const address = listenAddress(options, () => new Ssconf(config.paths).isIpv6());
      if (options.stateDir !== undefined)
        await prepareStateDir(config.paths, {
          commands: new Commands(),
          certificateFor: options.hasSsl ? address.host : undefined,
        });
      const ganeti = new Ganeti({ ...config.ganeti, logger });
      const composed = await composeDaemon(config, version, {
        logger,
        logWritten: () => log.written(),
        ganeti,
        requestStop: () => process.kill(process.pid, 'SIGTERM'),
      });
      rollback.add('daemon', () => composed.close());
      await listen(composed, address, { config, options, logger });
      const { name, release } = ganeti.version();
      logger.info('node daemon started', { version, ganeti: name, release, pid: process.pid });
      return { config, composed, log, pidFile, isStopping: false };
    },
    (what, error) => {
      logger.error('undo failed', { what, reason: String(error) });
    },
  );
  return starting.catch(async (error: unknown) => {
    logger.error('node daemon not started', { version, reason: messageOf(error) });
    await log.close();
    throw error;
  });
}

async function loadedConfig(options: NodedOptions, version: string): Promise<Config> {
  try {
    return loadConfig(options);
  } catch (error) {
    await logMistake(error, options, version).catch((unlogged: unknown) => {
      process.stderr.write(`chroot-noded: can't be logged: ${messageOf(unlogged)}\n`);
    });
    throw error;
  }
}

/** Says what is wrong in the configuration where the log is without one. */
async function logMistake(error: unknown, options: NodedOptions, version: string): Promise<void> {
  const { logDir } = defaultPaths(options);
  await makeDirectory(logDir, LOG_DIR_MODE);
  const format = options.logFormat ?? 'text';
  const log = await openLogOf({ paths: { logDir }, log: { format, level: 'info' } }, options);
  log.logger.error('node daemon not started', { version, reason: messageOf(error) });
  await log.close();
}

async function openLogOf(
  config: { paths: Pick<Paths, 'logDir'>; log: Pick<Config['log'], 'format' | 'level'> },
  { syslog, isForeground }: NodedOptions,
): Promise<Log> {
  return openLog({
    ...config.log,
    file: syslog === 'only' ? undefined : logFileIn(config.paths.logDir),
    isOnConsole: isForeground && !isInBackground(),
    syslog: syslog === 'no' ? undefined : await syslogStream(),
  });
}

/** Hardly anybody wants it, and what it takes is much to load. */
async function syslogStream(): Promise<Writable> {
  const { openSyslog } = await import('./system/command/syslog.js');
  return openSyslog(NODED);
}

async function listen(
  { server }: ComposedDaemon,
  wanted: ListenAddress,
  { config, options, logger }: { config: Config; options: NodedOptions; logger: Logger },
): Promise<void> {
  const { paths } = config;
  await server.listenUnix(paths.socket);
  const listening = options.hasSsl
    ? server.listenTls({ ...wanted, ...certificates(config, options, logger) })
    : server.listenPlain(wanted);
  const address = await listening.catch(async (error: unknown) => {
    throw await explainListenFailure(error, wanted, new Commands());
  });
  if (!options.hasSsl)
    logger.warn('without SSL every process on this node may call, those in chroots too');
  logger.info('listening', { address: address.address, port: address.port, socket: paths.socket });
}

function certificates({ paths }: Config, { sslKey, sslCert }: NodedOptions, logger: Logger) {
  const serverCertPath = ganetiPaths(paths).serverCertificate;
  const ssconf = (key: string) => join(paths.dataDir, `ssconf_${key}`);
  const refusals = new RefusalLog(logger);
  const nodes = new NodeAddresses([ssconf('node_primary_ips'), ssconf('node_secondary_ips')]);
  return {
    isNode: nodes.has,
    refusals,
    keyPath: sslKey ?? serverCertPath,
    certPath: sslCert ?? serverCertPath,
    peers: new PeerRule({
      candidatesPath: ssconf('master_candidates_certs'),
      masterNodePath: ssconf('master_node'),
      serverCertPath,
      clock: SYSTEM_CLOCK,
      logger: refusals,
    }),
  };
}

async function finishStart(daemon: Daemon, options: NodedOptions): Promise<void> {
  try {
    await loadExeca();
  } catch (error) {
    daemon.log.logger.error("can't start programs until the daemon is restarted", {
      reason: messageOf(error),
    });
  }
  if (daemon.config.log.examination) await examineMachine(daemon, options);
}

/** Says in the log what this machine lacks. */
async function examineMachine(daemon: Daemon, { stateDir }: NodedOptions): Promise<void> {
  const { logFindings } = await import('./doctor/log-findings.js');
  const { ThisMachine } = await import('./system/kernel/machine.js');
  const examination = {
    machine: new ThisMachine({ commands: new Commands() }),
    paths: daemon.config.paths,
    hasStateDir: stateDir !== undefined,
    controlGroups: daemon.composed.missingControlGroups ?? null,
  };
  await logFindings(examination, daemon.log.logger, () => daemon.isStopping);
}

async function reopen({ composed, log }: Daemon): Promise<void> {
  composed.server.reload();
  try {
    await log.reopen();
    log.logger.info('log file reopened');
  } catch (error) {
    log.logger.error('log file not reopened', { reason: messageOf(error) });
  }
}

async function stopDaemon(daemon: Daemon, signal: string): Promise<void> {
  const { config, composed, log, pidFile } = daemon;
  daemon.isStopping = true;
  const { logger } = log;
  logger.info('stopping', { signal, finishTimeoutMs: config.timeoutsMs.finish });
  const { unfinished } = await composed.close();
  if (unfinished.length > 0) logger.warn('calls left unfinished', { calls: unfinished });
  logger.info('node daemon stopped');
  await pidFile.release();
  await log.close();
  process.exit(unfinished.length > 0 ? EXIT_FAILURE : 0);
}
