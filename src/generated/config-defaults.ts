/* Generated from etc/chroot-noded.schema.json by `npm run generate`. */

/** The defaults of the configuration, by section. */
export const CONFIG_DEFAULTS = {
  paths: {
    runDir: '/var/run/ganeti',
    dataDir: '/var/lib/ganeti',
    logDir: '/var/log/ganeti',
    confDir: '/etc/ganeti',
    osSearchPath: [
      '/srv/ganeti/os',
      '/usr/local/lib/ganeti/os',
      '/usr/lib/ganeti/os',
      '/usr/share/ganeti/os',
    ],
    extStorageSearchPath: [
      '/srv/ganeti/extstorage',
      '/usr/local/lib/ganeti/extstorage',
      '/usr/lib/ganeti/extstorage',
      '/usr/share/ganeti/extstorage',
    ],
  },
  log: { format: 'text', level: 'info', examination: true },
  limits: {
    maxBodyBytes: 134217728,
    maxBodiesBytes: 268435456,
    maxJsonDepth: 64,
    maxBatchLength: 100,
    maxConnections: 4096,
    maxConcurrentCalls: 256,
    maxQueuedCalls: 1024,
  },
  timeouts: { mount: 60, osScript: 850, extScript: 850, processScan: 30, lock: 900, finish: 25 },
  chroot: { startTimeout: 300, enforceLimits: false, maxProcesses: 10000, reportUsage: false },
  ganeti: { shareDir: '/usr/share/ganeti/default' },
} as const;
