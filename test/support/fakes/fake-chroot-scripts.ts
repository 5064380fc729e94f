import type {
  ChrootScript,
  ChrootScriptRunner,
  PreparedScript,
} from '../../../src/system/chroot-script/chroot-scripts.js';
import type { CommandRunner } from '../../../src/system/command/command.js';

/** Has the scripts of chroots carried out as the program `chroot ROOT SCRIPT VERB`. */
export class FakeChrootScripts implements ChrootScriptRunner {
  readonly #commands: CommandRunner;

  constructor(commands: CommandRunner) {
    this.#commands = commands;
  }

  prepare({ argv, env, cgroupProcs, log }: ChrootScript): PreparedScript {
    const options = { env, cgroupProcs, ...(log === undefined ? {} : { log }) };
    return {
      run: async (root, timeoutMs) => {
        await this.#commands.run(['chroot', root, ...argv], { ...options, timeoutMs });
      },
      cancel: () => Promise.resolve(),
    };
  }
}
