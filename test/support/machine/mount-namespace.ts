import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A mount namespace in which mounts are shared, as they are where systemd is, and in which nothing that goes wrong
 * harms this machine.
 */
export class MountNamespace {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async create(): Promise<MountNamespace> {
    // Private first: or what happens inside would happen outside too, where that is shared already.
    const script =
      'mount --make-rprivate / && mount --make-rshared / && echo && exec sleep infinity';
    // It ends with us, whichever way we end: as long as it lives it keeps disks busy.
    const unshare = ['--pdeathsig', 'KILL', 'unshare', '--mount', 'sh', '-c', script];
    const holder = spawn('setpriv', unshare, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    // Nor does a test that fails wait for it.
    holder.stdout.destroy();
    holder.unref();
    return new MountNamespace(holder);
  }

  /** The command line before another one that runs it in here. */
  get wrapper(): string[] {
    return ['nsenter', `--mount=/proc/${String(this.#holder.pid)}/ns/mnt`, '--'];
  }

  get mountinfo(): string {
    return `/proc/${String(this.#holder.pid)}/mountinfo`;
  }

  /** Runs a shell script in here; gives its output. */
  async run(script: string): Promise<string> {
    const [program, ...args] = [...this.wrapper, 'bash', '-c', script];
    const { stdout } = await run(program, args);
    return stdout;
  }

  /** Ends the namespace, and with it all its mounts; who else is in it must be gone. */
  async close(): Promise<void> {
    const ended = once(this.#holder, 'exit');
    this.#holder.ref();
    this.#holder.kill('SIGKILL');
    await ended;
  }
}
