import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../../base/errors.js';
import { CLEAN_ENVIRONMENT, withPlainOomScore } from '../command/process-defaults.js';
import { announceStep, hasListeners } from '../kernel/steps.js';
import type { HelperMessage } from './job-table.js';

/** What its owner hears of a helper. */
export interface HelperEvents {
  /** It can be given its first job. */
  readonly onReady: () => void;
  /** Its job has ended. */
  readonly onAnswer: (answer: Extract<HelperMessage, { kind: 'result' | 'failure' }>) => void;
  /** Its process is gone, or could not be started. */
  readonly onEnd: (reason: string) => void;
}

/** What its owner does with a helper. */
export interface HelperHandle {
  begin(name: string, params: unknown): void;
  kill(): void;
  /** Lets it end by itself. */
  release(): void;
}

/**
 * One process that does jobs for this one: with a clean environment, none of our descriptors but the channel between us,
 * and no protection from the kernel when memory runs out.
 */
export class Helper implements HelperHandle {
  readonly #child: ChildProcess | undefined;

  constructor(program: string, events: HelperEvents) {
    const start = () =>
      spawn(process.execPath, [...process.execArgv, program], {
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        env: CLEAN_ENVIRONMENT,
        // What is typed at our terminal is not for it.
        detached: true,
      });
    try {
      this.#child = withPlainOomScore(start);
    } catch (error) {
      process.nextTick(events.onEnd, messageOf(error));
      return;
    }
    this.#listen(this.#child, events);
  }

  #listen(child: ChildProcess, { onReady, onAnswer, onEnd }: HelperEvents): void {
    child.on('message', (message: HelperMessage) => {
      if (message.kind === 'ready') onReady();
      else if (message.kind === 'step') announceStep(message.step);
      else onAnswer(message);
    });
    let hasEnded = false;
    const end = (reason: string) => {
      if (!hasEnded) onEnd(reason);
      hasEnded = true;
    };
    child.on('error', (error) => {
      // It may as well be that a job could not be sent: then its end follows.
      if (child.pid === undefined) end(error.message);
    });
    child.on('exit', (code, signal) => {
      end(signal === null ? `exited with exit code ${String(code)}` : `was ended by ${signal}`);
    });
    // Nobody waits for a helper but who waits for a job.
    child.unref();
    child.channel?.unref();
  }

  begin(name: string, params: unknown): void {
    this.#child?.send({ name, params, tellsSteps: hasListeners() }, () => undefined);
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  release(): void {
    if (this.#child?.connected === true) this.#child.disconnect();
  }
}
