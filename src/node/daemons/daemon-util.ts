import type { Logger } from 'winston';
import { BackendError, RpcFailure } from '../../base/errors.js';
import type { VirtualCluster } from '../../ganeti/virtual-cluster.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';

/** As long as the master waits for an answer to these calls. */
const TIMEOUT_MS = 300_000;
/** Ganeti: backend.EnsureDaemon. */
const DAEMONS_FOR_CALLERS = ['ganeti-kvmd'];

export interface DaemonUtilParts {
  /** The path of `daemon-util`. */
  readonly program: string;
  readonly commands: CommandRunner;
  readonly virtual: VirtualCluster;
  readonly logger: Logger;
}

/** Starts and stops Ganeti's other daemons, with its own tool for that. */
export class DaemonUtil {
  readonly #parts: DaemonUtilParts;

  constructor(parts: DaemonUtilParts) {
    this.#parts = parts;
  }

  /** Ganeti: backend.StartMasterDaemons */
  async startMaster(hasNoVoting: boolean): Promise<void> {
    const args = hasNoVoting ? '--no-voting --yes-do-it' : '';
    try {
      await this.#run(['start-master'], { EXTRA_LUXID_ARGS: args, EXTRA_WCONFD_ARGS: args });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new RpcFailure(`Can't start Ganeti master: ${error.output}`, { cause: error });
    }
  }

  /** Ganeti: backend.StopMasterDaemons. As there, a failure is only logged. */
  async stopMaster(): Promise<void> {
    await this.#succeeds('stop-master');
  }

  /**
   * Starts or stops a daemon for a caller, and says whether that worked; false for a daemon that callers may not name.
   *
   * Ganeti: backend.EnsureDaemon
   */
  async ensure(daemon: string, shouldRun: boolean): Promise<boolean> {
    if (!DAEMONS_FOR_CALLERS.includes(daemon)) return false;
    return shouldRun ? this.#succeeds('check-and-start', daemon) : this.stop(daemon);
  }

  /** Whether it could be stopped, or did not run (Ganeti: utils.StopDaemon). */
  async stop(daemon: string): Promise<boolean> {
    return this.#succeeds('stop', daemon);
  }

  /** @throws NodeError when that cannot be told */
  async isRunning(daemon: string): Promise<boolean> {
    try {
      await this.#run(['check', daemon]);
      return true;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.exitCode !== undefined) return false;
      throw new BackendError(`Can't check daemon '${daemon}': ${error.failReason}`, {
        cause: error,
      });
    }
  }

  async #succeeds(...args: string[]): Promise<boolean> {
    try {
      await this.#run(args);
      return true;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const { failReason, output } = error;
      this.#parts.logger.error('daemon-util failed', { args, reason: failReason, output });
      return false;
    }
  }

  async #run(args: readonly string[], env: Record<string, string> = {}): Promise<void> {
    await this.#parts.commands.run([this.#parts.program, ...args], {
      timeoutMs: TIMEOUT_MS,
      env: { ...this.#parts.virtual.environment, ...env },
    });
  }
}
