import { expect } from 'chai';
import { describe, it } from 'mocha';
import { loadConfig } from '../../../src/config/config.js';
import { parseOptions } from '../../../src/config/options.js';

describe('loadConfig (paths)', () => {
  it('has the directories of Debian', () => {
    const { paths } = loadConfig(parseOptions([]), {});
    expect(paths).to.deep.include({
      dataDir: '/var/lib/ganeti',
      lockDir: '/var/lock',
      etcHosts: '/etc/hosts',
      nodeRoot: undefined,
    });
  });

  it('has them in the directory of the node in a virtual cluster, but for what all nodes share', () => {
    const { paths } = loadConfig(parseOptions([]), { GANETI_ROOTDIR: '/srv/vcluster/node1' });
    expect(paths).to.deep.include({
      runDir: '/srv/vcluster/node1/var/run/ganeti',
      dataDir: '/srv/vcluster/node1/var/lib/ganeti',
      logDir: '/srv/vcluster/node1/var/log/ganeti',
      confDir: '/srv/vcluster/node1/etc/ganeti',
      lockDir: '/srv/vcluster/node1/var/lock',
      socket: '/srv/vcluster/node1/var/run/ganeti/chroot-noded.sock',
      etcHosts: '/etc/hosts',
      nodeRoot: '/srv/vcluster/node1',
    });
  });

  it('has all of them below a state directory, whatever the environment says', () => {
    const options = parseOptions(['--state-dir', '/srv/state']);
    const { paths } = loadConfig(options, { GANETI_ROOTDIR: '/srv/vcluster/node1' });
    for (const path of [paths.dataDir, paths.etcHosts, paths.lockDir, paths.daemonUtil])
      expect(path).to.match(/^\/srv\/state\//);
    expect(paths.nodeRoot).to.be.undefined;
  });
});
