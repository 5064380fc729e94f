import { execFile, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import type { NodedConfig } from '../../../src/generated/config.js';
import { makeIdentity } from '../../../tools/kit/certificates.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { callJsonRpc } from '../../../tools/kit/rpc-client.js';

const run = promisify(execFile);
const MAIN = new URL('../../../src/main.js', import.meta.url).pathname;
/** What /usr/sbin/ganeti-noded is on a node. */
const LAUNCHER = new URL('../../../../etc/ganeti-noded.sh', import.meta.url).pathname;
const CTL = new URL('../../../src/nodectl.js', import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('chroot-noded', function () {
  let stateDir: string;

  before(function () {
    // It makes control groups.
    if (process.getuid?.() !== 0) this.skip();
  });
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'noded-daemon-'));
    await configure({ version: '3.0' });
  });
  afterEach(async () => {
    await stopDaemon();
    await rm(stateDir, { recursive: true, force: true });
  });

  async function configure(ganeti: NodedConfig['ganeti']): Promise<void> {
    await mkdir(join(stateDir, 'etc'), { recursive: true });
    await writeFile(join(stateDir, 'etc/chroot-noded.json'), JSON.stringify({ ganeti }));
  }

  const noded = (...args: string[]) => runNode(MAIN, args);
  const ctl = (...args: string[]) => runNode(CTL, args);
  const pidFile = () => join(stateDir, 'run/ganeti-noded.pid');
  const logFile = () => join(stateDir, 'log/node-daemon.log');
  const socket = () => join(stateDir, 'run/chroot-noded.sock');
  const onFreePort = () => ['--state-dir', stateDir, '-b', '127.0.0.1', '-p', '0'];
  const startDaemon = (...args: string[]) => noded(...onFreePort(), ...args);
  /** By itself, and as it is started on a node. */
  const starters: [how: string, start: (...args: string[]) => Promise<Ended>][] = [
    ['by itself', noded],
    ['by the script of a node', launch],
  ];
  const daemonPid = async () => Number(await readFile(pidFile(), 'utf8'));

  async function stopDaemon(): Promise<void> {
    const pid = await daemonPid().catch(() => 0);
    if (pid === 0) return;
    process.kill(pid, 'SIGTERM');
    await eventually(() => !isAlive(pid));
  }

  async function port(): Promise<number> {
    const log = await readFile(logFile(), 'utf8');
    return Number(/listening .*port=(\d+)/.exec(log)?.[1]);
  }

  for (const [how, start] of starters)
    it(`goes to the background ${how} when it is ready, and ends on SIGTERM`, async () => {
      expect(await start(...onFreePort())).to.deep.equal({ code: 0, stdout: '', stderr: '' });
      expect(await callJsonRpc({ socketPath: socket() }, 'version', [])).to.equal(3_000_000);
      const pid = await daemonPid();
      expect(await readFile(`/proc/${pid}/comm`, 'utf8')).to.equal('ganeti-noded\n');
      expect(await readlink(`/proc/${pid}/cwd`)).to.equal('/');
      // A session of its own, whose leader it is.
      expect((await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ').slice(4, 6)).to.deep.equal(
        [pid, pid].map(String),
      );
      process.kill(pid, 'SIGTERM');
      await eventually(() => !isAlive(pid));
      expect(await readFile(logFile(), 'utf8')).to.contain('node daemon stopped');
      expect(await exists(pidFile())).to.equal(false);
      expect(await exists(socket())).to.equal(false);
    });

  it('stays in the foreground by the script of a node when told, whichever way', async () => {
    for (const option of ['-f', '--foreground', '-df']) {
      const daemon = spawn('sh', launchArgs(...onFreePort(), option));
      const ended = once(daemon, 'exit');
      await eventually(() => exists(socket()));
      expect(await daemonPid()).to.equal(daemon.pid);
      daemon.kill('SIGTERM');
      expect(await ended).to.deep.equal([0, null]);
    }
    expect((await launch('--help')).stdout).to.contain('--state-dir DIR');
  });

  it('leaves nothing behind when it is told to stop while it starts', async () => {
    const daemon = spawn(process.execPath, [
      ...[MAIN, '--foreground', '--state-dir', stateDir],
      ...['-b', '127.0.0.1', '-p', '0'],
    ]);
    const ended = once(daemon, 'exit');
    await eventually(() => exists(pidFile()));
    daemon.kill('SIGTERM');
    expect(await ended).to.deep.equal([0, null]);
    expect(await exists(pidFile())).to.equal(false);
    expect(await exists(socket())).to.equal(false);
    expect(await readFile(logFile(), 'utf8')).to.contain('node daemon stopped');
  });

  it('stops in order when its configuration was broken meanwhile, and ends the calls that run', async () => {
    await startDaemon();
    await writeFile(join(stateDir, 'etc/chroot-noded.json'), 'no JSON');
    const running = callJsonRpc({ socketPath: socket() }, 'test_delay', [1.5]);
    // It runs before this one is answered.
    await callJsonRpc({ socketPath: socket() }, 'version', []);
    await stopDaemon();
    expect(await running).to.equal(null);
    expect(await readFile(logFile(), 'utf8')).to.contain('node daemon stopped');
    expect(await exists(pidFile())).to.equal(false);
    expect(await exists(socket())).to.equal(false);
  });

  it('does not start a second time in the same place', async () => {
    await startDaemon();
    const second = await startDaemon();
    expect(second.code).to.equal(1);
    expect(second.stderr).to.contain('Another node daemon is running');
    expect(await callJsonRpc({ socketPath: socket() }, 'version', [])).to.equal(3_000_000);
  });

  it('follows a log file that was moved away on SIGHUP', async () => {
    await startDaemon();
    await rename(logFile(), `${logFile()}.1`);
    process.kill(await daemonPid(), 'SIGHUP');
    await eventually(() => exists(logFile()));
    await callJsonRpc({ socketPath: socket() }, 'version', []);
    await eventually(async () => (await readFile(logFile(), 'utf8')).includes('call=version'));
  });

  it('writes its log as JSON when asked', async () => {
    await startDaemon('--log-format', 'json');
    await eventually(async () => (await readFile(logFile(), 'utf8')).includes('daemon started'));
    const lines = (await readFile(logFile(), 'utf8')).trim().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as { message: string; level: string });
    expect(parsed.map(({ message }) => message)).to.include('node daemon started');
  });

  it('removes what one that was killed had half written', async () => {
    const file = join(stateDir, 'lib/.noded-aB3_-fGhIjKl.new');
    await mkdir(join(stateDir, 'lib'));
    await writeFile(file, 'half');
    await startDaemon();
    expect(await exists(file)).to.equal(false);
  });

  it('speaks the version of Ganeti that is active, says so, and follows it when it changes', async () => {
    const shareDir = join(stateDir, 'share');
    const activate = async (minor: number) => {
      const directory = join(stateDir, `3.${minor}`);
      await mkdir(join(directory, 'ganeti'), { recursive: true });
      await writeFile(
        join(directory, 'ganeti/_constants.py'),
        `RELEASE_VERSION = "3.${minor}.7"\nDIR_VERSION = "3.${minor}"\nPROTOCOL_VERSION = 30${minor}0000\n`,
      );
      await rm(shareDir, { force: true });
      await symlink(directory, shareDir);
    };
    await configure({ shareDir });
    await activate(0);
    await startDaemon();
    const version = () => callJsonRpc({ socketPath: socket() }, 'version', []);
    expect(await version()).to.equal(3_000_000);
    expect((await noded('--version', '--state-dir', stateDir)).stdout).to.contain('(ganeti 3.0)');
    await activate(1);
    expect(await version()).to.equal(3_010_000);
    const [verified] = Object.values(
      (await callJsonRpc({ socketPath: socket() }, 'node_verify', [
        { version: null },
        'cluster',
        {},
      ])) as object,
    ) as unknown[];
    expect(verified).to.deep.equal([3_010_000, '3.1.7']);
    expect((await noded('--version', '--state-dir', stateDir)).stdout).to.contain('(ganeti 3.1)');
    const log = await readFile(logFile(), 'utf8');
    expect(log).to.match(/node daemon started .*ganeti=3\.0 release=3\.0\.7/);
    expect(log).to.match(/Ganeti has changed from=3\.0\.7 to=3\.1\.7/);
  });

  it('makes a certificate for a state directory, and keeps it', async () => {
    await startDaemon();
    const certificate = join(stateDir, 'lib/server.pem');
    expect((await stat(certificate)).mode & 0o777).to.equal(0o400);
    const first = await readFile(certificate, 'utf8');
    await stopDaemon();
    await startDaemon();
    expect(await readFile(certificate, 'utf8')).to.equal(first);
  });

  it('answers chroot-nodectl over the socket, over TLS and over both wires', async () => {
    await startDaemon();
    const url = `https://127.0.0.1:${await port()}`;
    const certificate = join(stateDir, 'lib/server.pem');
    const overSocket = await ctl('--socket', socket(), 'call', 'version');
    expect(overSocket).to.deep.equal({ code: 0, stdout: '3000000\n', stderr: '' });
    for (const wire of ['json-rpc', 'ganeti']) {
      const options = [
        '--url',
        url,
        '--cert',
        certificate,
        '--cacert',
        certificate,
        '--wire',
        wire,
      ];
      expect((await ctl(...options, 'call', 'version')).stdout, wire).to.equal('3000000\n');
    }
    const failed = await ctl('--socket', socket(), 'call', 'test_delay', '[-1]');
    expect(failed.code).to.equal(1);
    expect(failed.stderr).to.contain('Invalid sleep duration');
    expect((await ctl('--socket', socket(), 'list')).stdout).to.contain('instance_start');
  });

  it('finishes what runs when it is told to stop, and takes nothing new', async () => {
    await startDaemon();
    const pid = await daemonPid();
    const running = callJsonRpc({ socketPath: socket() }, 'test_delay', [1]);
    await eventually(async () => (await readFile(logFile(), 'utf8')).includes('listening'));
    const kept = callJsonRpc({ socketPath: socket() }, 'version', []);
    await kept;
    process.kill(pid, 'SIGTERM');
    expect(await running).to.equal(null);
    await eventually(() => !isAlive(pid));
  });

  it('takes relative paths from where it is started', async () => {
    await writeFile(join(stateDir, 'here.json'), '{"log":{"format":"json"}}');
    const args = ['--state-dir', 'state', '--config', 'here.json', '-b', '127.0.0.1', '-p', '0'];
    expect(await runNode(MAIN, args, stateDir)).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    const below = join(stateDir, 'state');
    const pid = Number(await readFile(join(below, 'run/ganeti-noded.pid'), 'utf8'));
    try {
      expect(await readFile(join(below, 'log/node-daemon.log'), 'utf8')).to.match(/^\{/);
      expect(await readlink(`/proc/${pid}/cwd`)).to.equal('/');
    } finally {
      process.kill(pid, 'SIGTERM');
      await eventually(() => !isAlive(pid));
    }
  });

  it('says that a state directory cannot be made', async () => {
    for (const mode of [[], ['-f']]) {
      const { code, stderr } = await noded('--state-dir', '/proc/x', ...mode);
      expect(code).to.equal(1);
      expect(stderr).to.contain("Can't make the directory /proc/x/run: No such file or directory");
    }
  });

  const { key, cert, pem } = makeIdentity('node1');
  const USELESS: [what: string, text: string, problem: string][] = [
    ['is empty', '', 'is empty'],
    ['is junk', 'junk', 'has no private key in it'],
    ['has no key', cert, 'has no private key in it'],
    ['is cut short', key.slice(0, 400), 'ends in the middle of the private key'],
    ['has no certificate', key, 'has no certificate in it'],
    ['has the key of another', makeIdentity('node2').key + cert, 'is not that of the certificate'],
  ];
  for (const [what, text, problem] of USELESS)
    it(`does not start with a server.pem that ${what}, and says so in the log too`, async () => {
      const path = join(stateDir, 'lib/server.pem');
      await mkdir(join(stateDir, 'lib'));
      await writeFile(path, text);
      const { code, stderr } = await startDaemon();
      expect(code).to.equal(1);
      const log = await readFile(logFile(), 'utf8');
      for (const said of [stderr, log]) expect(said).to.contain(path).and.contain(problem);
      expect(log).to.contain('node daemon not started');
    });

  it('goes on with the certificate that it has when server.pem becomes useless', async () => {
    await mkdir(join(stateDir, 'lib'));
    await writeFile(join(stateDir, 'lib/server.pem'), pem);
    await startDaemon();
    await writeFile(join(stateDir, 'lib/server.pem'), '');
    process.kill(await daemonPid(), 'SIGHUP');
    await eventually(async () => (await readFile(logFile(), 'utf8')).includes('not reloaded'));
    expect(await readFile(logFile(), 'utf8')).to.contain('lib/server.pem is empty');
    const socketOf = connect({ port: await port(), rejectUnauthorized: false });
    await once(socketOf, 'secureConnect');
    expect(socketOf.getPeerX509Certificate()?.fingerprint).to.equal(
      new X509Certificate(cert).fingerprint,
    );
    socketOf.destroy();
  });

  it('names the program that has its port, in the log too', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port: taken } = holder.address() as AddressInfo;
    try {
      const { code, stderr } = await startDaemon('-p', String(taken));
      expect(code).to.equal(1);
      const said = `Port ${taken} on 127.0.0.1 is in use by node (PID ${process.pid})`;
      expect(stderr).to.contain(said);
      expect(await readFile(logFile(), 'utf8')).to.contain(said);
    } finally {
      holder.close();
    }
  });

  it('has a mistake in the configuration in the log too', async () => {
    await writeFile(join(stateDir, 'etc/chroot-noded.json'), '{"log":{"level":"silly"}}');
    const { code, stderr } = await startDaemon();
    expect(code).to.equal(1);
    const said = '/log/level must be equal to one of the allowed values: error, warn, info, debug';
    expect(stderr).to.contain(said);
    expect(await readFile(logFile(), 'utf8')).to.contain(said);
  });

  it('is verified by clients with the certificate that it has made', async () => {
    await startDaemon();
    const certificate = join(stateDir, 'lib/server.pem');
    const verified = ['--silent', '--cacert', certificate, '--cert', certificate, '--data', '[]'];
    for (const host of ['127.0.0.1', 'localhost', 'ganeti.example.com']) {
      const url = `https://${host}:${await port()}/version`;
      const { stdout } = await run('curl', [
        ...verified,
        '--resolve',
        `${host}:${await port()}:127.0.0.1`,
        url,
      ]);
      expect(stdout.trim(), host).to.equal('[true,3000000]');
    }
  });

  it('says what is wrong with its options and its configuration, and exits with 1', async () => {
    const config = join(stateDir, 'config.json');
    await writeFile(config, '{"chroot":{"startTimeout":"soon"},"paths":{"nonsense":1}}');
    const cases: [args: string[], word: string][] = [
      [['--no-such-option'], '--no-such-option'],
      [['-p', 'x'], '--port takes a number'],
      [['--syslog', 'maybe'], '--syslog takes one of no, yes, only'],
      [['--max-clients', '0'], '--max-clients takes a number from 1'],
      [['surplus'], 'takes no arguments'],
      [['-b', '127.0.0.1', '-i', 'lo'], "Can't specify both"],
      [['-f', '--config', config], '/chroot/startTimeout must be number'],
      [['-f', '--config', config], 'nonsense'],
      [['-f', '--config', '/nonexistent'], '/nonexistent'],
    ];
    for (const [how, start] of starters)
      for (const [args, word] of cases) {
        const { code, stderr } = await start('--state-dir', stateDir, ...args);
        expect(code, `${how} ${args.join(' ')}`).to.equal(1);
        expect(stderr, `${how} ${args.join(' ')}`).to.match(/^chroot-noded: .+$/m);
        expect(stderr, `${how} ${args.join(' ')}`).to.contain(word);
      }
  });

  it('refuses to listen without SSL where others can reach it', async () => {
    const { code, stderr } = await noded('--state-dir', stateDir, '--no-ssl', '-b', '0.0.0.0');
    expect(code).to.equal(1);
    expect(stderr).to.contain('Refusing to listen without TLS on 0.0.0.0');
  });

  it('shows its version and its options', async () => {
    expect((await noded('--state-dir', stateDir, '--version')).stdout).to.match(
      /^chroot-noded \(ganeti 3\.0\) \d+\.\d+\.\d+\n$/,
    );
    expect((await noded('--help')).stdout).to.contain('--state-dir DIR');
  });

  it('writes to syslog through logger(1) when asked', async () => {
    const daemon = spawn(
      process.execPath,
      [MAIN, '-f', '--syslog', 'only', '--no-ssl', '-p', '0', '--state-dir', stateDir],
      { stdio: 'ignore' },
    );
    await eventually(() => exists(socket()));
    const { stdout } = await run('ps', ['--ppid', String(daemon.pid), '-o', 'args=']);
    expect(stdout).to.contain('logger --tag ganeti-noded');
    expect(await exists(logFile())).to.equal(false);
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
  });

  it('takes the configuration file of its directory', async () => {
    await startDaemon();
    await stopDaemon();
    await writeFile(join(stateDir, 'etc/chroot-noded.json'), '{"log":{"format":"json"}}');
    await appendFile(logFile(), 'MARK\n');
    await startDaemon();
    await eventually(async () => /MARK\n\{/.test(await readFile(logFile(), 'utf8')));
  });
});

function runNode(program: string, args: readonly string[], cwd?: string): Promise<Ended> {
  return endOf(process.execPath, [program, ...args], cwd);
}

function launch(...args: string[]): Promise<Ended> {
  return endOf('sh', launchArgs(...args));
}

/** Of a shell. */
function launchArgs(...args: string[]): string[] {
  const script = `noded_node=$1 noded_main=$2; shift 2; . ${LAUNCHER}`;
  return ['-c', script, 'launcher', process.execPath, MAIN, ...args];
}

async function endOf(program: string, args: readonly string[], cwd?: string): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(program, [...args], { cwd });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
