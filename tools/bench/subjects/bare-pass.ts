import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Host } from '../row.js';

/** Not among what is compiled: it stays where it is written. */
const SOURCE = fileURLToPath(
  new URL('../../../../tools/bench/subjects/proc-pass.c', import.meta.url),
);
const PASS_PROGRAM = '/run/bench-proc-pass';

/** The least that it takes to look at all processes: milliseconds of one pass. */
export interface BarePass {
  /** How the pass is made, once for each line that it is to print. */
  readonly note: string;
  run(): Promise<number>;
}

/** For a node without a C compiler: the same with what Debian has, two programs and their start included. */
const PASS_IN_SHELL = `
  begin=\${EPOCHREALTIME/[.,]/}
  find -L /proc/[0-9]*/root /proc/[0-9]*/cwd /proc/[0-9]*/exe -maxdepth 0 -printf '' 2>/dev/null
  find -L /proc/[0-9]*/fd -maxdepth 1 -printf '' 2>/dev/null
  cat /proc/[0-9]*/maps >/dev/null 2>&1
  end=\${EPOCHREALTIME/[.,]/}
  echo "$(((end - begin) / 1000)).$(printf %03d $(((end - begin) % 1000)))"`;

export async function barePass(host: Host): Promise<BarePass> {
  const compiler = await host.exec('sh', '-c', 'command -v cc || true');
  const isCompiled = compiler.trim() !== '';
  if (isCompiled) {
    const compile = 'printf %s "$1" | cc -O2 -Wall -x c -o "$2" -';
    await host.exec('sh', '-c', compile, 'compile', await readFile(SOURCE, 'utf8'), PASS_PROGRAM);
  }
  const command = isCompiled ? [PASS_PROGRAM] : ['bash', '-c', PASS_IN_SHELL];
  const how = isCompiled ? 'in C' : 'with find and cat, as there is no C compiler';
  return {
    note: `limit: a bare pass over /proc ${how}, on the same node in turn with the calls`,
    run: async () => Number(await host.exec(...command)),
  };
}
