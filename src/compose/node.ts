import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualPaths } from '../ganeti/virtual-paths.js';
import { MetadataDaemon } from '../node/daemons/metadata-daemon.js';
import { EtcHosts } from '../node/files/etc-hosts.js';
import { GanetiAccounts } from '../node/files/ganeti-accounts.js';
import { JobQueue } from '../node/files/job-queue.js';
import { warnWhenMounted } from '../node/files/mounted-files.js';
import { SSCONF_FORMS } from '../node/files/ssconf-forms.js';
import { SsconfFiles } from '../node/files/ssconf-writer.js';
import { uploadableFiles, Uploads } from '../node/files/uploads.js';
import { WatcherPause } from '../node/files/watcher-pause.js';
import { X509Certificates } from '../node/membership/x509-certificates.js';
import { Hooks } from '../node/programs/hooks.js';
import { Iallocators } from '../node/programs/iallocators.js';
import { OutOfBand } from '../node/programs/out-of-band.js';
import { RestrictedCommands } from '../node/programs/restricted-commands.js';
import { parseCandidateMap } from '../rpc/peers/candidate-map.js';
import { Accounts } from '../system/command/accounts.js';
import { canGiveFilesAway } from '../system/kernel/rights.js';
import type { Basis } from './basis.js';
import type { createNames } from './names.js';

type Names = Pick<ReturnType<typeof createNames>, 'ownNames'>;

/** The master waits 900 s for hooks and allocators, and an hour for restricted commands; then nobody listens. */
const SCRIPT_TIMEOUT_MS = 850_000;
const RESTRICTED_COMMAND_TIMEOUT_MS = 3_500_000;

/** Builds what serves the calls about the node's own files and programs. */
export function createNode(basis: Basis, names: Names) {
  return { ...createFiles(basis), ...createPrograms(basis, names) };
}

function createFiles({ config: { paths }, commands, ganeti, clock, logger }: Basis) {
  const { dataDir, lockDir, nodeRoot, etcHosts } = paths;
  const canGiveAway = canGiveFilesAway();
  const accounts = new GanetiAccounts({
    accounts: new Accounts({ commands }),
    ganeti,
    canGiveAway,
  });
  const virtualPaths = new VirtualPaths({ nodeRoot });
  const whenMounted = warnWhenMounted(logger);
  const lockFile = join(lockDir, 'ganeti-ssconf.lock');
  const forms = { ...SSCONF_FORMS, master_candidates_certs: parseCandidateMap };
  return {
    jobQueue: new JobQueue({ directory: join(dataDir, 'queue'), virtualPaths, accounts }),
    uploads: new Uploads({ allowed: uploadableFiles(paths), virtualPaths, accounts, whenMounted }),
    ssconfFiles: new SsconfFiles({ directory: dataDir, lockFile, forms, whenMounted }),
    etcHosts: new EtcHosts({ path: etcHosts, whenMounted }),
    watcherPause: new WatcherPause({ path: join(dataDir, 'watcher.pause'), clock, logger }),
  };
}

function createPrograms(basis: Basis, { ownNames }: Names) {
  const { config, named, commands, restrictedCommands, clock, logger } = basis;
  const { confDir, lockDir, runDir, daemonUtil, iallocatorSearchPath: searchPath } = config.paths;
  const timeoutMs = SCRIPT_TIMEOUT_MS;
  const temporaryDir = tmpdir();
  return {
    hooks: new Hooks({ directory: join(confDir, 'hooks'), commands, timeoutMs, logger }),
    iallocators: new Iallocators({ searchPath, temporaryDir, commands, timeoutMs }),
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
      directory: named.cryptoKeysDir,
      commonName: hostname(),
      names: () => ownNames.all(),
      commands,
      clock,
    }),
    metadataDaemon: new MetadataDaemon({
      socketPath: join(runDir, 'socket/ganeti-metad'),
      daemonUtil,
      commands,
    }),
  };
}
