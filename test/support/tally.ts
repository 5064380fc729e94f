import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** Mocha's `spec`, which also writes "passed failed skipped" to the file that `--reporter-option file=…` names. */
export default class Tally extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { file } = options.reporterOptions as { file: string };
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(file, `${passes} ${failures} ${pending}\n`);
    });
  }
}
