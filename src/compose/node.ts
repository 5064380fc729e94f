import { join } from 'node:path';
import { queueOwner } from '../node/files/ganeti-accounts.js';
import { JobQueue } from '../node/files/job-queue.js';
import { warnWhenMounted } from '../node/files/mounted-files.js';
import { SSCONF_FORMS } from '../node/files/ssconf-forms.js';
import { Ssconf } from '../node/files/ssconf-reader.js';
import { SsconfFiles } from '../node/files/ssconf-writer.js';
import { MasterIp } from '../node/membership/master-ip.js';
import { ownNodeName } from '../node/membership/node-name.js';
import { allOwnNames } from '../node/membership/own-names.js';
import { runHooks } from '../node/programs/hooks.js';
import { type HookScripts, withLocalHooks } from '../node/programs/local-hooks.js';
import { parseCandidateMap } from '../rpc/peers/candidate-map.js';
import { Accounts } from '../system/command/accounts.js';
import { canGiveFilesAway } from '../system/kernel/rights.js';
import type { Basis } from './basis.js';

/** Builds what serves the calls about the node itself, its files and its cluster. */
export function createNode(basis: Basis) {
  const { dataDir, confDir, lockDir, pkgLibDir, nodeRoot, commands, network, logger } = basis;
  const ssconf = new Ssconf({ dataDir });
  const nodeNames = { own: () => ownNodeName(basis) };
  const whenMounted = warnWhenMounted(logger);
  const accounts = new Accounts({ commands });
  const canGiveAway = canGiveFilesAway();
  const scripts: HookScripts = { run: (path, phase, env) => runHooks(basis, path, phase, env) };
  const hooked = { ...basis, scripts, ssconf, nodeNames };
  return {
    ssconf,
    nodeNames,
    ownNames: () => allOwnNames({ ...basis, ssconf }),
    whenMounted,
    accounts,
    jobQueue: new JobQueue({
      directory: join(dataDir, 'queue'),
      nodeRoot,
      owner: () => queueOwner(accounts, canGiveAway),
    }),
    ssconfFiles: new SsconfFiles({
      directory: dataDir,
      lockFile: join(lockDir, 'ganeti-ssconf.lock'),
      forms: { ...SSCONF_FORMS, master_candidates_certs: parseCandidateMap },
      whenMounted,
    }),
    masterIp: new MasterIp({
      scripts: {
        standard: join(pkgLibDir, 'tools/master-ip-setup'),
        external: join(confDir, 'scripts/master-ip-setup'),
      },
      hooks: { around: (operation, work) => withLocalHooks(hooked, operation, work) },
      commands,
      ownsAddress: network.ownsAddress,
    }),
  };
}
