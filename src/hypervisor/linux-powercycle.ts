import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Logger } from 'winston';
import { errorReason } from '../base/errno.js';
import { HypervisorError } from '../base/errors.js';
import { CommandError, type CommandRunner } from '../system/command/command.js';

const REBOOT_TIMEOUT_MS = 60_000;

export interface LinuxPowercycleParts {
  /** Why it must not be done; undefined when it may. */
  readonly objection: string | undefined;
  /** /proc/sysrq-trigger, but for tests. */
  readonly sysrqTriggerPath: string;
  readonly commands: CommandRunner;
  readonly logger: Logger;
}

/** Reboots the node at once, without stopping or writing back anything (Ganeti: BaseHypervisor.LinuxPowercycle). */
export class LinuxPowercycle {
  readonly #parts: LinuxPowercycleParts;

  constructor(parts: LinuxPowercycleParts) {
    this.#parts = parts;
  }

  /** @throws HypervisorError when this is switched off, so that a caller can ask before it promises anything */
  checkEnabled(): void {
    const { objection } = this.#parts;
    if (objection !== undefined) throw new HypervisorError(objection);
  }

  /** @throws HypervisorError when the node goes on */
  async run(): Promise<void> {
    this.checkEnabled();
    try {
      await writeExisting(this.#parts.sysrqTriggerPath, 'b');
    } catch (error) {
      this.#parts.logger.error("can't write to the sysrq-trigger file", {
        reason: errorReason(error),
      });
      await this.#reboot();
    }
  }

  async #reboot(): Promise<void> {
    try {
      await this.#parts.commands.run(['reboot', '-n', '-f'], { timeoutMs: REBOOT_TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new HypervisorError(`Can't run reboot: ${error.output}`, { cause: error });
    }
  }
}

async function writeExisting(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY);
  try {
    await file.write(text);
  } finally {
    await file.close();
  }
}
