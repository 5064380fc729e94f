import { cpSync, existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../src/base/package-root.js';
import type { Finding } from '../../src/doctor/finding.js';
import { OLDEST_VERSION } from '../../src/ganeti/versions.js';
import type { Console, Disk, Instance } from '../../src/generated/objects.js';
import type { Leftovers } from '../kit/machine/leftovers.js';
import type { Caller } from './caller.js';
import type { DemoDaemon } from './daemon.js';
import { FakeLife } from './fake-life.js';
import {
  consoleRequest,
  demoDisk,
  demoInstance,
  DISK_MIB,
  HYPERVISORS,
  INSTANCE_NAME,
} from './instance.js';
import { DemoFailure, type Screen } from './screen.js';

const MIB = 1024 * 1024;
const SHUTDOWN_SECONDS = 20;
/** Why things are done: Ganeti's programs add a line each, and so does the daemon. */
const REASON = [['demo', 'shows an instance', Date.now() * 1e6]];

/** The life of an instance, from the disk to its removal; each step checks what it shows. */
export class Story {
  readonly #daemon: DemoDaemon;
  readonly #caller: Caller;
  readonly #leftovers: Leftovers;
  readonly #screen: Screen;
  readonly #signal: AbortSignal;
  readonly #disk: Disk;
  readonly #diskFile: string;
  readonly #instance: Instance;
  /** What of this machine keeps chroots from running; nothing where they can. */
  readonly #lacking: readonly Finding[];
  /** The root of the chroot. */
  readonly #root: string;

  constructor({
    daemon,
    caller,
    lacking,
    leftovers,
    screen,
    signal,
  }: {
    daemon: DemoDaemon;
    caller: Caller;
    lacking: readonly Finding[];
    leftovers: Leftovers;
    screen: Screen;
    signal: AbortSignal;
  }) {
    this.#daemon = daemon;
    this.#caller = caller;
    this.#lacking = lacking;
    this.#leftovers = leftovers;
    this.#screen = screen;
    this.#signal = signal;
    this.#disk = demoDisk(daemon.stateDir);
    this.#diskFile = String(this.#disk.logical_id[1]);
    this.#instance = demoInstance(daemon.stateDir, lacking.length === 0 ? 'chroot' : 'fake');
    this.#root = join(daemon.stateDir, 'run/chroot-hypervisor', INSTANCE_NAME);
  }

  /** @throws DemoFailure, or whatever goes wrong */
  async tell(): Promise<void> {
    if (this.#lacking.length > 0) this.#sayWhatIsLacking(this.#lacking);
    await this.#startDaemon();
    await this.#refuseStrangers();
    await this.#makeDisk();
    if (this.#lacking.length === 0) await this.#liveAsChroot();
    else await this.#liveAsFake();
    await this.#removeDisk();
    await this.#stopDaemon();
  }

  #sayWhatIsLacking(lacking: readonly Finding[]): void {
    this.#screen.begin(
      'See what this machine lacks',
      "Chroots can't run here. An instance of Ganeti's fake hypervisor, which is only a file, is shown in their place.",
    );
    this.#screen.command(`chroot-nodectl --state-dir ${this.#daemon.stateDir} doctor`);
    for (const { check, found, advice } of lacking) {
      this.#screen.output(`missing: ${check}: ${found}`);
      if (advice !== undefined) this.#screen.output(`         What to do: ${advice}`);
    }
  }

  async #liveAsChroot(): Promise<void> {
    await this.#installOs();
    await this.#startInstance();
    await this.#askAboutIt();
    await this.#lookFromOutside();
    await this.#openConsole();
    await this.#reboot();
    await this.#shutDown();
  }

  async #liveAsFake(): Promise<void> {
    const [daemon, caller, screen, instance] = [
      this.#daemon,
      this.#caller,
      this.#screen,
      this.#instance,
    ];
    await new FakeLife({ daemon, caller, screen, instance, reason: REASON }).tell();
  }

  async #startDaemon(): Promise<void> {
    this.#screen.begin(
      'Start the daemon',
      'It keeps all that it needs below one directory, and makes a certificate.',
    );
    this.#screen.variable();
    this.#screen.command(this.#daemon.commandLine);
    await this.#daemon.start(this.#signal);
    const { url, certificate, socket } = this.#daemon;
    const jsonRpc = await this.#caller.command(
      curl(
        '--unix-socket',
        socket,
        '--data',
        '{"jsonrpc": "2.0", "id": 1, "method": "version"}',
        'http://localhost/jsonrpc',
      ),
    );
    const reply = JSON.parse(jsonRpc) as { result: unknown };
    // Which number it is depends on the Ganeti that is installed.
    const version = Math.max(Number(reply.result), OLDEST_VERSION.protocol);
    this.#screen.checkEqual('JSON-RPC 2.0 is answered on the Unix socket', reply, {
      jsonrpc: '2.0',
      id: 1,
      result: version,
    });
    const ganeti = await this.#caller.command(
      curl('--insecure', '--cert', certificate, '--data', '[]', `${url}/version`),
    );
    this.#screen.checkEqual("Ganeti's wire is answered over HTTPS", JSON.parse(ganeti), [
      true,
      version,
    ]);
  }

  async #refuseStrangers(): Promise<void> {
    this.#screen.begin(
      'Call without a certificate',
      'Over the network only holders of an accepted certificate may call.',
    );
    await this.#caller.failingCommand(
      curl('--insecure', '--data', '[]', `${this.#daemon.url}/version`),
    );
    const line = readFileSync(this.#daemon.logFile, 'utf8').split('\n').find(isRefusal);
    this.#screen.check('the daemon hung up, and its log says why', line !== undefined);
    this.#screen.output(line?.replace(/ candidateMap=.*/, ' …') ?? '');
  }

  async #makeDisk(): Promise<void> {
    this.#screen.begin(
      'Make a disk',
      'A directory, in it an image file for the root of the chroot, and a link for the hypervisor.',
    );
    this.#screen.command(`chroot-nodectl ${this.#caller.nodectl.jsonRpc.join(' ')} call …`);
    const directory = dirname(this.#diskFile);
    await this.#caller.jsonRpc('file_storage_dir_create', { file_storage_dir: directory });
    this.#screen.check('the directory is there', statSync(directory).isDirectory());
    this.#screen.command(`chroot-nodectl ${this.#caller.nodectl.ganeti.join(' ')} call …`);
    await this.#caller.ganeti('blockdev_create', [
      this.#disk,
      DISK_MIB,
      INSTANCE_NAME,
      true,
      '',
      false,
    ]);
    this.#screen.checkEqual(
      'the image has its size in MiB',
      statSync(this.#diskFile).size / MIB,
      DISK_MIB,
    );
    const assembled = await this.#caller.jsonRpc('blockdev_assemble', {
      disk: this.#disk,
      instance: this.#instance,
      on_primary: true,
      idx: 0,
    });
    const [path, link] = assembled as [string, string];
    this.#screen.checkEqual(
      'the link leads to the image',
      [path, readlinkSync(link)],
      [this.#diskFile, this.#diskFile],
    );
  }

  async #installOs(): Promise<void> {
    this.#screen.begin(
      'Install an operating system',
      "The OS definition's script puts a file system, busybox and /ganeti-chroot on the disk.",
    );
    const definition = join(packageRoot(), 'etc/os/busybox');
    this.#screen.command(`cp -r etc/os/busybox ${join(this.#daemon.stateDir, 'os')}`);
    cpSync(definition, join(this.#daemon.stateDir, 'os/busybox'), { recursive: true });
    this.#screen.checkEqual(
      'installed',
      await this.#caller.ganeti('instance_os_add', [this.#instance, false, 0]),
      null,
    );
    const type = await this.#caller.command([
      'blkid',
      '--output=value',
      '--match-tag=TYPE',
      this.#diskFile,
    ]);
    this.#screen.checkEqual('the disk has a file system', type.trim(), 'ext4');
  }

  async #startInstance(): Promise<void> {
    this.#screen.begin(
      'Start the instance',
      'The disk is mounted, and /ganeti-chroot start is run in the chroot.',
    );
    this.#screen.checkEqual(
      'started',
      await this.#caller.jsonRpc('instance_start', {
        instance_hvp_bep: this.#instance,
        startup_paused: false,
        reason: REASON,
      }),
      null,
    );
    const mounts = await this.#caller.command([
      'findmnt',
      '--noheadings',
      '--output=SOURCE,FSTYPE',
      this.#root,
    ]);
    this.#screen.check(
      'the disk is mounted through a loop device',
      /^\/dev\/loop\d+ +ext4/.test(mounts),
    );
  }

  async #askAboutIt(): Promise<void> {
    this.#screen.begin(
      'Ask what runs',
      "Ganeti's calls say what Ganeti expects, and one more says it all.",
    );
    const running = { memory: 0, vcpus: 0, state: 0, time: 0 };
    const all = await this.#caller.ganeti('all_instances_info', [['chroot'], HYPERVISORS]);
    this.#screen.checkEqual('one instance runs', all, { [INSTANCE_NAME]: running });
    const info = await this.#caller.jsonRpc('instance_info', [
      INSTANCE_NAME,
      'chroot',
      HYPERVISORS.chroot,
    ]);
    this.#screen.checkEqual('it is this one', info, running);
    const usage = await this.#caller.jsonRpc('instance_usage', { instance_name: INSTANCE_NAME });
    this.#screen.check('it has one process', (usage as { processes: number }).processes === 1);
  }

  async #lookFromOutside(): Promise<void> {
    this.#screen.begin(
      'Look at it from outside',
      "To the node it is an ordinary process, whose root is the instance's disk.",
    );
    const pid = String(this.#instanceProcess());
    const listing = await this.#caller.command(['ps', '-o', 'pid,user,args', '-p', pid]);
    this.#screen.check('ps lists it', listing.includes('sleep'));
    const seen = await this.#caller.command(['readlink', `/proc/${pid}/root`]);
    this.#screen.checkEqual('its root is the chroot', seen.trim(), this.#root);
  }

  /** The process that /ganeti-chroot has started, by the node's account: the one which has the chroot as its root. */
  #instanceProcess(): number {
    const [pid, ...others] = this.#leftovers.find().processes.filter((candidate) => {
      try {
        return readlinkSync(`/proc/${candidate}/root`) === this.#root;
      } catch {
        return false;
      }
    });
    if (pid === undefined || others.length > 0)
      throw new DemoFailure('there is not exactly one process in the chroot');
    return pid;
  }

  async #openConsole(): Promise<void> {
    this.#screen.begin(
      'Open a console',
      'The call says which command gives a shell inside, and it does.',
    );
    const consoles = (await this.#caller.jsonRpc('instance_console_info', {
      instance_param_dict: { [INSTANCE_NAME]: consoleRequest(this.#instance) },
    })) as Record<string, Console>;
    const [program = '', ...args] = consoles[INSTANCE_NAME]?.command ?? [];
    const listing = await this.#caller.command([program, ...args, '-c', 'echo I am in; ls -x /']);
    this.#screen.check(
      'it is the chroot: only there is /ganeti-chroot',
      listing.includes('ganeti-chroot'),
    );
  }

  async #reboot(): Promise<void> {
    this.#screen.begin(
      'Reboot it softly',
      'Its processes end and new ones start, while the disk stays mounted.',
    );
    const before = this.#instanceProcess();
    const mountBefore = await this.#mountId();
    const params = [this.#instance, 'soft', SHUTDOWN_SECONDS, REASON];
    this.#screen.checkEqual('rebooted', await this.#caller.ganeti('instance_reboot', params), null);
    const after = this.#instanceProcess();
    this.#screen.check(`another process runs: ${after}, no longer ${before}`, after !== before);
    this.#screen.checkEqual('the mount is the same', await this.#mountId(), mountBefore);
  }

  #mountId(): Promise<string> {
    return this.#caller.command(['findmnt', '--noheadings', '--output=ID', this.#root]);
  }

  async #shutDown(): Promise<void> {
    this.#screen.begin(
      'Shut it down',
      '/ganeti-chroot stop is run, whatever is left is ended, and all is unmounted.',
    );
    this.#screen.checkEqual(
      'shut down',
      await this.#caller.jsonRpc('instance_shutdown', {
        instance: this.#instance,
        timeout: SHUTDOWN_SECONDS,
        reason: REASON,
      }),
      null,
    );
    const params = [INSTANCE_NAME, 'chroot', HYPERVISORS.chroot];
    this.#screen.checkEqual(
      'it does not run',
      await this.#caller.ganeti('instance_info', params),
      {},
    );
    const { mounts, loopDevices } = this.#leftovers.find();
    this.#screen.checkEqual('no mount and no loop device is left', [mounts, loopDevices], [[], []]);
    this.#screen.check('nor its directory', !existsSync(this.#root));
  }

  async #removeDisk(): Promise<void> {
    this.#screen.begin(
      'Remove the disk',
      'First the disk, then the directory, which has to be empty by then.',
    );
    await this.#caller.ganeti('blockdev_shutdown', [this.#disk]);
    await this.#caller.jsonRpc('blockdev_remove', { bdev: this.#disk });
    this.#screen.check('the image is gone', !existsSync(this.#diskFile));
    await this.#caller.ganeti('file_storage_dir_remove', [dirname(this.#diskFile)]);
    this.#screen.check('and so is the directory', !existsSync(dirname(this.#diskFile)));
  }

  async #stopDaemon(): Promise<void> {
    this.#screen.begin('Stop the daemon', 'It ends on SIGTERM, and leaves the machine as it was.');
    this.#screen.checkEqual('it ended well', await this.#daemon.stop(), 0);
    this.#screen.checkEqual(
      'no mount, loop device, control group or process is left',
      await this.#leftovers.describe(),
      [],
    );
    await this.#leftovers.removeAll();
    this.#screen.check(`${this.#daemon.stateDir} is removed`, !existsSync(this.#daemon.stateDir));
  }
}

function curl(...options: string[]): ['curl', ...string[]] {
  return ['curl', '-sS', '--max-time', '20', ...options];
}

function isRefusal(line: string): boolean {
  return line.includes('peer refused reason="no certificate"');
}
