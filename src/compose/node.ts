import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'winston';
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { Config } from '../config/config.js';
import type { SpokenVersion } from '../ganeti/ganeti.js';
import { ganetiPaths } from '../ganeti/paths.js';
import { VirtualPaths } from '../ganeti/virtual-paths.js';
import { MetadataDaemon } from '../node/daemons/metadata-daemon.js';
import { EtcHosts } from '../node/files/etc-hosts.js';
import { GanetiAccounts } from '../node/files/ganeti-accounts.js';
import { JobQueue } from '../node/files/job-queue.js';
import { warnWhenMounted } from '../node/files/mounted-files.js';
import { SsconfFiles } from '../node/files/ssconf-writer.js';
import { uploadableFiles, Uploads } from '../node/files/uploads.js';
import { WatcherPause } from '../node/files/watcher-pause.js';
import type { OwnNames } from '../node/membership/own-names.js';
import { X509Certificates } from '../node/membership/x509-certificates.js';
import { Hooks } from '../node/programs/hooks.js';
import { Iallocators } from '../node/programs/iallocators.js';
import { OutOfBand } from '../node/programs/out-of-band.js';
import {
  RestrictedCommands,
  type RestrictedCommandsParts,
} from '../node/programs/restricted-commands.js';
import { Accounts } from '../system/command/accounts.js';
import type { CommandRunner } from '../system/command/command.js';
import { canGiveFilesAway } from '../system/kernel/rights.js';

/** The master waits 900 s for hooks and allocators, and an hour for restricted commands; then nobody listens. */
const SCRIPT_TIMEOUT_MS = 850_000;
const RESTRICTED_COMMAND_TIMEOUT_MS = 3_500_000;

interface Doors {
  /** Not confined: hooks may start daemons again, which live on. */
  readonly commands: CommandRunner;
  readonly ganeti: SpokenVersion;
  /** What others may know this node by. */
  readonly ownNames: OwnNames;
  readonly logger: Logger;
  readonly restrictedCommands:
    Pick<RestrictedCommandsParts, 'owner' | 'failureDelayMs'> | undefined;
}

/** The services for the node's own files and programs. */
export function createNodeParts(config: Config, doors: Doors) {
  return { ...createFileParts(config, doors), ...createProgramParts(config, doors) };
}

function createFileParts({ paths }: Config, { commands, ganeti, logger }: Doors) {
  const { dataDir, lockDir } = paths;
  const accounts = new GanetiAccounts({
    accounts: new Accounts({ commands }),
    ganeti,
    canGiveAway: canGiveFilesAway(),
  });
  const virtualPaths = new VirtualPaths({ nodeRoot: paths.nodeRoot });
  const whenMounted = warnWhenMounted(logger);
  return {
    jobQueue: new JobQueue({ directory: join(dataDir, 'queue'), virtualPaths, accounts }),
    uploads: new Uploads({ allowed: uploadableFiles(paths), virtualPaths, accounts, whenMounted }),
    ssconfFiles: new SsconfFiles({
      directory: dataDir,
      lockFile: join(lockDir, 'ganeti-ssconf.lock'),
      whenMounted,
    }),
    etcHosts: new EtcHosts({ path: paths.etcHosts, whenMounted }),
    watcherPause: new WatcherPause({
      path: join(dataDir, 'watcher.pause'),
      clock: SYSTEM_CLOCK,
      logger,
    }),
  };
}

function createProgramParts(
  { paths }: Config,
  { commands, ownNames, logger, restrictedCommands }: Doors,
) {
  const { confDir, lockDir, runDir } = paths;
  const timeoutMs = SCRIPT_TIMEOUT_MS;
  return {
    hooks: new Hooks({ directory: join(confDir, 'hooks'), commands, timeoutMs, logger }),
    iallocators: new Iallocators({
      searchPath: paths.iallocatorSearchPath,
      temporaryDir: tmpdir(),
      commands,
      timeoutMs,
    }),
    restrictedCommands: new RestrictedCommands({
      directory: join(confDir, 'restricted-commands'),
      lockFile: join(lockDir, 'ganeti-restricted-commands.lock'),
      commands,
      timeoutMs: RESTRICTED_COMMAND_TIMEOUT_MS,
      logger,
      ...restrictedCommands,
    }),
    outOfBand: new OutOfBand({ commands }),
    x509Certificates: new X509Certificates({
      directory: ganetiPaths(paths).cryptoKeysDir,
      commonName: hostname(),
      names: () => ownNames.all(),
      commands,
      clock: SYSTEM_CLOCK,
    }),
    metadataDaemon: new MetadataDaemon({
      socketPath: join(runDir, 'socket/ganeti-metad'),
      daemonUtil: paths.daemonUtil,
      commands,
    }),
  };
}
