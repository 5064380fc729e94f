import { BlockDeviceError } from '../../base/errors.js';
import {
  CommandError,
  commandReason,
  type CommandResult,
  type CommandRunner,
} from '../../system/command/command.js';

/** LVM's tools wait for each other, and for slow disks. */
const TIMEOUT_MS = 300_000;
const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;
/** Does not occur in what is asked for. */
const SEPARATOR = '|';

type Argv = readonly [string, ...string[]];

/** The tools of lvm2; a failure is a `CommandError` unless said otherwise. */
export class LvmTools {
  readonly #commands: CommandRunner;

  constructor({ commands }: { commands: CommandRunner }) {
    this.#commands = commands;
  }

  run(argv: Argv): Promise<CommandResult> {
    return this.#commands.run(argv, {
      timeoutMs: TIMEOUT_MS,
      outputLimitBytes: OUTPUT_LIMIT_BYTES,
    });
  }

  /** Runs a tool whose failure is one of the disk's, told behind `prefix`. */
  async runFor(prefix: string, argv: Argv): Promise<string> {
    try {
      return (await this.run(argv)).stdout;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new BlockDeviceError(`${prefix}: ${error.output}`, { cause: error });
    }
  }

  /** As `report`, but a failure is one of the disk's, told behind `prefix`. */
  async reportFor<const F extends string>(
    prefix: string,
    ...request: Parameters<typeof this.report<F>>
  ): Promise<Record<F, string>[]> {
    try {
      return await this.report<F>(...request);
    } catch (error) {
      const reason = commandReason(error);
      throw new BlockDeviceError(`${prefix}: ${reason}`, { cause: error });
    }
  }

  /**
   * The rows that `lvs`, `pvs` or `vgs` prints, each with the values of `fields`.
   *
   * @param options `unit` is that of sizes: m for MiB, k for KiB; `names` are the groups or volumes that are asked about,
   *   all unless there are some
   * @throws CommandError, or BlockDeviceError for a row that is not as it should be
   */
  async report<const F extends string>(
    tool: 'lvs' | 'pvs' | 'vgs',
    fields: readonly F[],
    { unit = 'm', names = [] }: { unit?: 'm' | 'k'; names?: readonly string[] } = {},
  ): Promise<Record<F, string>[]> {
    const { stdout } = await this.run([
      tool,
      '--noheadings',
      '--nosuffix',
      `--units=${unit}`,
      '--unbuffered',
      `--separator=${SEPARATOR}`,
      `-o${fields.join(',')}`,
      ...names,
    ]);
    if (Buffer.byteLength(stdout) >= OUTPUT_LIMIT_BYTES)
      throw new Error(`${tool} printed more than ${OUTPUT_LIMIT_BYTES} bytes`);
    const lines = stdout.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => rowOf(tool, fields, line));
  }
}

function rowOf<F extends string>(
  tool: string,
  fields: readonly F[],
  line: string,
): Record<F, string> {
  const values = line.trim().split(SEPARATOR);
  // Some versions print a separator at the end too.
  if (values.length === fields.length + 1 && values.at(-1) === '') values.pop();
  if (values.length !== fields.length)
    throw new BlockDeviceError(`Can't parse ${tool} output: line '${line.trim()}'`);
  return Object.fromEntries(fields.map((field, index) => [field, values[index]])) as Record<
    F,
    string
  >;
}
