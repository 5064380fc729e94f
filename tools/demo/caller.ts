import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DemoDaemon } from './daemon.js';
import { DemoFailure, type Screen } from './screen.js';

const NODECTL = fileURLToPath(new URL('../../src/nodectl.js', import.meta.url));
const CALL_SECONDS = 60;
const COMMAND_MS = 2 * CALL_SECONDS * 1000;
const run = promisify(execFile);

/** Calls the daemon in the ways that a person can, and shows what is said. */
export class Caller {
  readonly #daemon: DemoDaemon;
  readonly #screen: Screen;
  readonly #signal: AbortSignal;

  /** @param signal ends whatever runs, and all calls after it fail */
  constructor(daemon: DemoDaemon, screen: Screen, signal: AbortSignal) {
    this.#daemon = daemon;
    this.#screen = screen;
    this.#signal = signal;
  }

  /** How chroot-nodectl is told where the daemon is, for each wire. */
  get nodectl(): { jsonRpc: readonly string[]; ganeti: readonly string[] } {
    const { stateDir, url, certificate } = this.#daemon;
    return {
      jsonRpc: ['--state-dir', stateDir],
      ganeti: ['--url', url, '--cert', certificate, '--wire', 'ganeti'],
    };
  }

  /** JSON-RPC over the Unix socket; parameters in order or by name. */
  jsonRpc(method: string, params: unknown): Promise<unknown> {
    return this.#call('JSON-RPC', this.nodectl.jsonRpc, method, params);
  }

  /** Ganeti's wire over HTTPS. */
  ganeti(method: string, params: readonly unknown[]): Promise<unknown> {
    return this.#call('Ganeti', this.nodectl.ganeti, method, params);
  }

  /** Runs and shows any other command; gives its output. */
  async command(argv: readonly [string, ...string[]]): Promise<string> {
    this.#screen.command(argv.map(quoted).join(' '));
    const output = await this.#run(argv);
    this.#screen.output(output);
    return output;
  }

  /** Runs and shows a command that has to fail; gives what it says about that. */
  async failingCommand(argv: readonly [string, ...string[]]): Promise<string> {
    this.#screen.command(argv.map(quoted).join(' '));
    const message = await this.#run(argv).then((output) => {
      throw new DemoFailure(`this should have failed, but said: ${output}`);
    }, said);
    this.#screen.output(message);
    return message;
  }

  async #call(
    wire: string,
    options: readonly string[],
    method: string,
    params: unknown,
  ): Promise<unknown> {
    this.#screen.request(wire, method, params);
    const rest = ['--timeout', String(CALL_SECONDS), 'call', method, JSON.stringify(params)];
    const output = await this.#run([process.execPath, NODECTL, ...options, ...rest]).catch(
      (error: unknown) => {
        throw new DemoFailure(`${method}: ${said(error)}`, { cause: error });
      },
    );
    const result: unknown = JSON.parse(output);
    this.#screen.reply(result);
    return result;
  }

  async #run([file, ...args]: readonly [string, ...string[]]): Promise<string> {
    this.#signal.throwIfAborted();
    const { stdout } = await run(file, args, { signal: this.#signal, timeout: COMMAND_MS });
    return stdout;
  }
}

/** What a command that failed has written about it, or else how it ended. */
function said(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return stderr?.trimEnd() || message;
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
