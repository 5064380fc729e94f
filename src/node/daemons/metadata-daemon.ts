import { errorCode } from '../../base/errno.js';
import { BackendError, HypervisorError } from '../../base/errors.js';
import { until } from '../../base/retry.js';
import { CommandError, type CommandRunner } from '../../system/command/command.js';
import { callLuxi } from './luxi.js';

/** Ganeti: constants.METAD */
const DAEMON = 'ganeti-metad';
const START_TIMEOUT_MS = 20_000;
/** Ganeti: constants.LUXI_DEF_CTMO; less, since the master waits 60 s for all of it. */
const CONNECT_TIMEOUT_MS = 15_000;
const CONNECT_RETRY_MS = 200;
const ANSWER_TIMEOUT_MS = 20_000;

/** Nobody listens, or not yet. */
const DOWN = ['ENOENT', 'ECONNREFUSED', 'EAGAIN'];

export interface MetadataDaemonParts {
  readonly socketPath: string;
  readonly daemonUtil: string;
  readonly commands: CommandRunner;
  readonly connectTimeoutMs?: number;
  readonly answerTimeoutMs?: number;
}

/** The daemon that tells instances about themselves. It is started when there is something to be told. */
export class MetadataDaemon {
  readonly #parts: Required<MetadataDaemonParts>;

  /** @param parts `daemonUtil` is Ganeti's program that starts daemons */
  constructor(parts: MetadataDaemonParts) {
    this.#parts = {
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      ...parts,
    };
  }

  /**
   * Hands over all that is known of an instance, its secret parameters too (Ganeti: backend.ModifyInstanceMetadata).
   *
   * Deviation: whether the daemon runs is told by its socket; Ganeti believes a PID file that may be stale.
   *
   * @throws NodeError when the daemon cannot be started or reached, or does not take it
   */
  async update(instance: Readonly<Record<string, unknown>>): Promise<void> {
    if (await this.#send(instance)) return;
    await this.#start();
    const patience = { timeoutMs: this.#parts.connectTimeoutMs, pollMs: CONNECT_RETRY_MS };
    if (!(await until(() => this.#send(instance), patience)))
      throw new BackendError('Connect timed out');
  }

  /** @returns false when the daemon does not run */
  async #send(instance: Readonly<Record<string, unknown>>): Promise<boolean> {
    try {
      await callLuxi(this.#parts.socketPath, 'updateConfig', [instance], {
        timeoutMs: this.#parts.answerTimeoutMs,
      });
      return true;
    } catch (error) {
      if (DOWN.includes(errorCode(error) ?? '')) return false;
      throw error;
    }
  }

  async #start(): Promise<void> {
    try {
      const argv = [this.#parts.daemonUtil, 'start', DAEMON] as const;
      await this.#parts.commands.run([...argv], { timeoutMs: START_TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new HypervisorError('Failed to start metadata daemon', { cause: error });
    }
  }
}
