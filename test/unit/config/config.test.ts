import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Config, loadConfig, type OwnNamespaces } from '../../../src/config/config.js';
import { parseOptions, UsageError } from '../../../src/config/options.js';
import type { NodedConfig } from '../../../src/generated/config.js';
import { CONFIG_DEFAULTS } from '../../../src/generated/config-defaults.js';

const NO_NAMESPACES: OwnNamespaces = { pid: () => undefined, network: () => undefined };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** The configuration with this text in the file, and these options. */
async function loadText(text: string, ...args: string[]): Promise<Config> {
  const file = join(directory, 'config.json');
  await writeFile(file, text);
  return loadConfig(parseOptions(['--config', file, ...args]), {}, NO_NAMESPACES);
}

function load(file: NodedConfig, ...args: string[]): Promise<Config> {
  return loadText(JSON.stringify(file), ...args);
}

async function mistakeIn(text: string): Promise<string> {
  try {
    await loadText(text);
  } catch (error) {
    expect(error).to.be.instanceOf(UsageError);
    const { message } = error as UsageError;
    expect(message.startsWith(`Configuration file ${join(directory, 'config.json')}`)).to.be.true;
    return message;
  }
  throw new Error('no mistake was found');
}

describe('loadConfig', () => {
  it("has Debian's directories and documented values by default", async () => {
    expect(await load({})).to.containSubset({
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
        fileStorageDir: undefined,
        socket: '/var/run/ganeti/chroot-noded.sock',
      },
      log: { format: 'text', level: 'info', examination: true },
      limits: {},
      timeoutsMs: {
        mount: 60_000,
        osScript: 850_000,
        processScan: 30_000,
        lock: 900_000,
        finish: 25_000,
      },
      chroot: {
        startTimeoutMs: 300_000,
        enforcesLimits: false,
        reportsUsage: false,
        cgroupParent: 'chroot-noded',
      },
      powercycleObjection: undefined,
    });
  });

  it('has the defaults that the schema says, which are valid settings', async () => {
    const { limits, ...rest } = await loadText(JSON.stringify(CONFIG_DEFAULTS));
    expect({ ...rest, limits: {} }).to.deep.equal(await load({}));
    expect(limits).to.deep.equal(CONFIG_DEFAULTS.limits);
  });

  it('takes every member of the file', async () => {
    const limits = {
      maxBodyBytes: 1024,
      maxJsonDepth: 8,
      maxBatchLength: 1,
      maxConnections: 2,
      maxConcurrentCalls: 3,
      maxQueuedCalls: 0,
    };
    const paths = {
      runDir: '/r',
      dataDir: '/d',
      logDir: '/l',
      confDir: '/c',
      osSearchPath: ['/o'],
      socket: '/s',
    };
    const config = await load({
      $schema: 'x',
      paths,
      log: { format: 'json', level: 'warn', examination: false },
      limits,
      timeouts: { mount: 1, osScript: 2, processScan: 3, lock: 4, finish: 0.5 },
      chroot: { startTimeout: 5, enforceLimits: true, reportUsage: true, cgroupParent: 'a/b' },
      powercycle: { enabled: false },
    });
    expect(config).to.containSubset({
      paths: { ...paths, fileStorageDir: undefined },
      log: { format: 'json', level: 'warn', examination: false },
      limits,
      timeoutsMs: { mount: 1_000, osScript: 2_000, processScan: 3_000, lock: 4_000, finish: 500 },
      chroot: {
        startTimeoutMs: 5_000,
        enforcesLimits: true,
        reportsUsage: true,
        cgroupParent: 'a/b',
      },
      powercycleObjection: 'Power-cycling is switched off in the configuration',
    });
  });

  it('has the socket in the directory that is configured', async () => {
    const { paths } = await load({ paths: { runDir: '/r' } });
    expect(paths.socket).to.equal('/r/chroot-noded.sock');
  });

  it('lets the command line win', async () => {
    const file: NodedConfig = {
      log: { format: 'json', level: 'error' },
      limits: { maxConcurrentCalls: 3, maxQueuedCalls: 4 },
    };
    const config = await load(file, '-d', '--log-format', 'text', '--max-clients', '7');
    expect(config.log).to.deep.equal({ format: 'text', level: 'debug', examination: true });
    expect(config.limits).to.deep.equal({ maxConcurrentCalls: 7, maxQueuedCalls: 4 });
  });
});

describe('loadConfig, with a state directory', () => {
  it('keeps everything below it', async () => {
    const { paths } = await load({}, '--state-dir', '/state');
    expect(paths).to.include({
      runDir: '/state/run',
      dataDir: '/state/lib',
      logDir: '/state/log',
      confDir: '/state/etc',
      fileStorageDir: '/state/file-storage',
      socket: '/state/run/chroot-noded.sock',
    });
  });

  it('takes a relative path from where it is started', async () => {
    const { paths } = await load({}, '--state-dir', relative(process.cwd(), directory));
    expect(paths.runDir).to.equal(join(directory, 'run'));
  });

  it('has control groups of its own, the same ones each time', async () => {
    const parentWith = async (stateDir: string) =>
      (await load({}, '--state-dir', stateDir)).chroot.cgroupParent;
    const parent = await parentWith('/state');
    expect(parent).to.match(/^chroot-noded-[0-9a-f]{12}$/);
    expect(await parentWith('/state/')).to.equal(parent);
    expect(await parentWith('/state2')).not.to.equal(parent);
  });

  it('has others in each container', () => {
    const parentIn = (pidNamespace: string) =>
      loadConfig(parseOptions([]), {}, { ...NO_NAMESPACES, pid: () => pidNamespace }).chroot
        .cgroupParent;
    const parent = parentIn('pid:[4026532001]');
    expect(parent).to.match(/^chroot-noded-[0-9a-f]{12}$/);
    expect(parentIn('pid:[4026532001]')).to.equal(parent);
    expect(parentIn('pid:[4026532002]')).not.to.equal(parent);
  });

  it('finds the configuration file in it, if there is one', async () => {
    const options = parseOptions(['--state-dir', directory]);
    expect(loadConfig(options).log.level).to.equal('info');
    await mkdir(join(directory, 'etc'));
    await writeFile(join(directory, 'etc/chroot-noded.json'), '{"log": {"level": "warn"}}');
    expect(loadConfig(options).log.level).to.equal('warn');
  });

  it('lets the file put a directory elsewhere', async () => {
    const { paths } = await load({ paths: { logDir: '/elsewhere' } }, '--state-dir', '/state');
    expect(paths).to.include({ logDir: '/elsewhere', runDir: '/state/run' });
  });
});

describe('loadConfig (power-cycling)', () => {
  const OTHERS: [where: string, args: string[], NodeJS.ProcessEnv, Partial<OwnNamespaces>][] = [
    ['with --state-dir', ['--state-dir', '/state'], {}, {}],
    ['in a virtual cluster', [], { GANETI_ROOTDIR: '/srv/node1' }, {}],
    ['in a PID namespace of its own', [], {}, { pid: () => 'pid:[4026532001]' }],
    ['in a network namespace of its own', [], {}, { network: () => 'net:[4026532001]' }],
  ];
  for (const [where, args, environment, namespaces] of OTHERS) {
    const objectionWith = async (file: NodedConfig) => {
      const path = join(directory, 'config.json');
      await writeFile(path, JSON.stringify(file));
      const options = parseOptions([...args, '--config', path]);
      return loadConfig(options, environment, { ...NO_NAMESPACES, ...namespaces })
        .powercycleObjection;
    };
    it(`is off ${where}, and says so`, async () => {
      expect(await objectionWith({})).to.contain(`the daemon runs ${where}`);
    });

    it(`can be switched on ${where}`, async () => {
      expect(await objectionWith({ powercycle: { enabled: true } })).to.be.undefined;
    });
  }
});

/** Texts of configuration files, and what is said of them. */
const MISTAKES: readonly (readonly [text: string, problem: string | RegExp])[] = [
  ['', /is not JSON/],
  ['{"log": {}', /is not JSON/],
  ['[]', '/ must be object'],
  ['null', '/ must be object'],
  ['{"unknown": 1}', '/ must NOT have additional properties: unknown'],
  ['{"chroot": {"unknown": 1}}', '/chroot must NOT have additional properties: unknown'],
  ['{"paths": {"runDir": "run"}}', /\/paths\/runDir must match pattern/],
  ['{"paths": {"runDir": "/r\\u0000"}}', /\/paths\/runDir must match pattern/],
  ['{"paths": {"osSearchPath": "/o"}}', '/paths/osSearchPath must be array'],
  [
    '{"log": {"format": "xml"}}',
    '/log/format must be equal to one of the allowed values: text, json',
  ],
  [
    '{"log": {"level": "silly"}}',
    '/log/level must be equal to one of the allowed values: error, warn, info, debug',
  ],
  ['{"limits": {"maxBodyBytes": 1}}', '/limits/maxBodyBytes must be >= 1024'],
  ['{"limits": {"maxJsonDepth": 1001}}', '/limits/maxJsonDepth must be <= 1000'],
  ['{"limits": {"maxConcurrentCalls": 0}}', '/limits/maxConcurrentCalls must be >= 1'],
  ['{"limits": {"maxConnections": "9"}}', '/limits/maxConnections must be integer'],
  ['{"timeouts": {"mount": 0}}', '/timeouts/mount must be > 0'],
  ['{"timeouts": {"lock": 86401}}', '/timeouts/lock must be <= 86400'],
  ['{"chroot": {"cgroupParent": "/x"}}', /\/chroot\/cgroupParent must match pattern/],
  ['{"chroot": {"enforceLimits": 1}}', '/chroot/enforceLimits must be boolean'],
  ['{"powercycle": {"enabled": "no"}}', '/powercycle/enabled must be boolean'],
];

describe('loadConfig, with a mistake in the file', () => {
  for (const [text, problem] of MISTAKES)
    it(`says what is wrong in ${text || 'an empty file'}`, async () => {
      expect(await mistakeIn(text)).to.match(
        typeof problem === 'string' ? new RegExp(`${escaped(problem)}$`) : problem,
      );
    });

  it('tells of all of them at once', async () => {
    expect(await mistakeIn('{"log": {"level": 1}, "x": 1}')).to.match(/: x; \/log\/level /);
  });

  it('fails when the file that is named cannot be read', () => {
    for (const path of [join(directory, 'none'), directory])
      expect(() => loadConfig(parseOptions(['--config', path]))).to.throw(
        UsageError,
        /^Can't read the configuration \/.*: (No such file or directory|Illegal operation on a directory)$/,
      );
  });
});

function escaped(text: string): string {
  return text.replace(/[/.*+?^${}()|[\]\\]/g, '\\$&');
}
