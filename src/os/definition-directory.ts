import { constants, type Stats } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, errorReason } from '../base/errno.js';
import { RpcFailure } from '../base/errors.js';
import { linesOf } from '../base/text.js';
import { failAs } from '../base/translate.js';
import { isTrustedPath } from '../system/file/trusted-path.js';

const LINE_END = /\r\n|\r|\n/;
const API_FILE = 'ganeti_api_version';
const VARIANTS_FILE = 'variants.list';
const PARAMETERS_FILE = 'parameters.list';

/**
 * The files of one OS definition, each checked as it is asked for; what is wrong is a `RpcFailure` in Ganeti's words
 * (Ganeti: backend._TryOSFromDisk).
 *
 * Deviation: the directory and its scripts may be symbolic links only to what lies in the search path, or to what root
 * alone can change. The lists may be links to anywhere: packages keep them in /etc.
 */
export class OsDirectory {
  readonly path: string;
  readonly #realSearchPath: readonly string[];

  constructor(path: string, realSearchPath: readonly string[]) {
    this.path = path;
    this.#realSearchPath = realSearchPath;
  }

  /** Checks that the directory itself does not lead to what others than root can change. */
  async checkInside(): Promise<void> {
    await this.#checkTrusted(this.path, `OS directory '${this.path}' leads out of the search path`);
  }

  /** Ganeti: backend._OSOndiskAPIVersion */
  async apiVersions(): Promise<number[]> {
    const file = join(this.path, API_FILE);
    const stats = await failAs(
      RpcFailure,
      `Required file '${API_FILE}' not found under path ${this.path}`,
      () => stat(file),
    );
    if (!stats.isFile())
      throw new RpcFailure(`File '${API_FILE}' in ${this.path} is not a regular file`);
    const text = await failAs(
      RpcFailure,
      `Error while reading the API version file at ${file}`,
      () => readFile(file, 'utf8'),
    );
    return linesOf(text, LINE_END).map(parseVersion);
  }

  async requiredScript(name: string): Promise<string> {
    await this.#checkScript(name, await this.#stat(name));
    return join(this.path, name);
  }

  /** The path of a script that need not be there. */
  async optionalScript(name: string): Promise<string | undefined> {
    const stats = await this.#statIfExists(name);
    if (stats === undefined) return undefined;
    await this.#checkScript(name, stats);
    return join(this.path, name);
  }

  /** Empty when the definition has no variants. */
  async variants(): Promise<string[]> {
    const stats = await this.#statIfExists(VARIANTS_FILE);
    if (stats === undefined) return [];
    const lines = await this.#readList(VARIANTS_FILE, stats, 'variants');
    return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  }

  /** Deviation: a blank line is passed over; Ganeti's master fails on it. */
  async parameters(): Promise<string[][]> {
    const stats = await this.#stat(PARAMETERS_FILE);
    const lines = await this.#readList(PARAMETERS_FILE, stats, 'parameters');
    return lines.filter((line) => line.trim() !== '').map(splitParameter);
  }

  async #readList(name: string, stats: Stats, what: string): Promise<string[]> {
    this.#checkRegular(name, stats);
    const file = join(this.path, name);
    const text = await failAs(
      RpcFailure,
      `Error while reading the OS ${what} file at ${file}`,
      () => readFile(file, 'utf8'),
    );
    return linesOf(text, LINE_END);
  }

  async #checkScript(name: string, stats: Stats): Promise<void> {
    this.#checkRegular(name, stats);
    if ((stats.mode & constants.S_IXUSR) === 0)
      throw new RpcFailure(`File '${name}' under path '${this.path}' is not executable`);
    await this.#checkTrusted(
      join(this.path, name),
      `File '${name}' under path '${this.path}' leads out of the OS search path`,
    );
  }

  #checkRegular(name: string, stats: Stats): void {
    if (!stats.isFile())
      throw new RpcFailure(`File '${name}' under path '${this.path}' is not a regular file`);
  }

  async #checkTrusted(path: string, problem: string): Promise<void> {
    const real = await realpath(path);
    const isInside = this.#realSearchPath.some((directory) => real.startsWith(`${directory}/`));
    if (!isInside && !(await isTrustedPath(path)))
      throw new RpcFailure(`${problem}, to what others than root can change`);
  }

  async #statIfExists(name: string): Promise<Stats | undefined> {
    try {
      return await stat(join(this.path, name));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw this.#missing(name, error);
    }
  }

  async #stat(name: string): Promise<Stats> {
    try {
      return await stat(join(this.path, name));
    } catch (error) {
      throw this.#missing(name, error);
    }
  }

  #missing(name: string, error: unknown): RpcFailure {
    const reason = errorReason(error);
    return new RpcFailure(`File '${name}' under path '${this.path}' is missing (${reason})`, {
      cause: error,
    });
  }
}

function parseVersion(line: string): number {
  if (!/^\s*[+-]?\d+\s*$/.test(line))
    throw new RpcFailure(
      `API version(s) can't be converted to integer: '${line.trim()}' is not a number`,
    );
  return Number(line);
}

/** The name, and after the first white space the help text. */
function splitParameter(line: string): string[] {
  const [, name = '', help = ''] = /^\s*(\S+)\s*(.*)$/s.exec(line) ?? [];
  return help === '' ? [name] : [name, help];
}
