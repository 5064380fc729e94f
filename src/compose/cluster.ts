import { join } from 'node:path';
import { DaemonUtil } from '../node/daemons/daemon-util.js';
import { warnWhenMounted } from '../node/files/mounted-files.js';
import { Bridges } from '../node/machine/bridges.js';
import { OpenVswitch } from '../node/machine/open-vswitch.js';
import { ClientCertificate } from '../node/membership/client-certificate.js';
import { ClusterExit } from '../node/membership/cluster-exit.js';
import { CryptoTokens } from '../node/membership/crypto-tokens.js';
import { MasterCandidate } from '../node/membership/master-candidate.js';
import { MasterIp } from '../node/membership/master-ip.js';
import { LocalHooks } from '../node/programs/local-hooks.js';
import { AuthorizedKeys } from '../node/ssh/authorized-keys.js';
import { SshFiles } from '../node/ssh/files.js';
import { KeyAdder } from '../node/ssh/key-adder.js';
import { KeyRemover } from '../node/ssh/key-remover.js';
import { KeyRenewal } from '../node/ssh/key-renewal.js';
import { NodeUpdates } from '../node/ssh/node-updates.js';
import { PublicKeys } from '../node/ssh/public-keys.js';
import { SshRunner } from '../node/ssh/runner.js';
import type { Basis } from './basis.js';
import type { createNames } from './names.js';
import type { createNode } from './node.js';

type Names = ReturnType<typeof createNames>;
type Neighbours = Names & Pick<ReturnType<typeof createNode>, 'hooks' | 'jobQueue'>;
type Tools = ReturnType<typeof createTools>;
type Ssh = ReturnType<typeof createSsh>;

/** Builds what serves the calls about the cluster that the node is a member of. */
export function createCluster(basis: Basis, neighbours: Neighbours) {
  const tools = createTools(basis, neighbours);
  const ssh = createSsh(basis, neighbours);
  return {
    ...tools,
    ...ssh,
    openVswitch: new OpenVswitch(basis),
    cryptoTokens: new CryptoTokens({ ...neighbours, ...tools }),
    ...createMembership(basis, { ...neighbours, ...tools, ...ssh }),
  };
}

function createTools(
  { config, named, commands, systemDirs, clock, logger }: Basis,
  { virtual }: Names,
) {
  const { dataDir, daemonUtil: program } = config.paths;
  return {
    daemonUtil: new DaemonUtil({ program, commands, virtual, logger }),
    bridges: new Bridges({ interfacesDir: join(systemDirs.sys, 'class/net') }),
    certificate: new ClientCertificate({
      path: join(dataDir, 'client.pem'),
      signingPath: named.serverCertificate,
      commands,
      clock,
    }),
  };
}

function createSsh(
  { config: { paths }, named, commands, clock, logger }: Basis,
  { ssconf, virtual }: Names,
) {
  const { dataDir, pkgLibDir, sshDir: directory } = paths;
  const files = new SshFiles({ directory });
  const authorizedKeys = new AuthorizedKeys(files.authorizedKeys, warnWhenMounted(logger));
  const publicKeys = new PublicKeys(join(dataDir, 'ganeti_pub_keys'));
  const knownHosts = join(dataDir, 'known_hosts');
  const ssh = new SshRunner({ commands, ssconf, virtual, knownHosts });
  const program = join(pkgLibDir, 'ssh-update');
  const serverCertPath = named.serverCertificate;
  const updates = new NodeUpdates({ program, serverCertPath, ssh, ssconf, logger });
  const parts = { authorizedKeys, publicKeys, updates, ssconf };
  const adder = new KeyAdder(parts);
  const remover = new KeyRemover(parts);
  return {
    sshFiles: files,
    authorizedKeys,
    publicKeys,
    ssh,
    keyAdder: adder,
    keyRemover: remover,
    keyRenewal: new KeyRenewal({ ...parts, files, adder, remover, ssh, clock }),
  };
}

function createMembership(basis: Basis, parts: Neighbours & Tools & Ssh) {
  const { config, named, commands, network, clock, logger } = basis;
  const { dataDir, confDir, pkgLibDir } = config.paths;
  const { ssconf, nodeNames, hooks: scripts, daemonUtil: daemons } = parts;
  return {
    masterIp: new MasterIp({
      scripts: {
        standard: join(pkgLibDir, 'tools/master-ip-setup'),
        external: join(confDir, 'scripts/master-ip-setup'),
      },
      hooks: new LocalHooks({ scripts, ssconf, nodeNames, dataDir, logger }),
      commands,
      ownsAddress: network.ownsAddress,
    }),
    masterCandidate: new MasterCandidate({
      configPath: join(dataDir, 'config.data'),
      ssconf,
      nodeNames,
      daemons,
      clock,
    }),
    clusterExit: new ClusterExit({
      ...basis,
      ...parts,
      dataDir,
      cryptoDir: named.cryptoKeysDir,
      daemons,
    }),
  };
}
