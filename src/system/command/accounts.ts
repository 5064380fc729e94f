import { CommandError, type CommandRunner } from './command.js';

/** getent(1): no such name. */
const EXIT_NOT_FOUND = 2;
/** Behind it may be a directory service. */
const TIMEOUT_MS = 10_000;

/**
 * Numbers of users and groups by name, from whichever source the node is set up for: getent(1) asks them all, Node.js
 * none of them. What was found once is remembered.
 */
export class Accounts {
  readonly #commands: CommandRunner;
  readonly #found = new Map<string, number>();

  constructor({ commands }: { commands: CommandRunner }) {
    this.#commands = commands;
  }

  /** Undefined when there is no such user. */
  async uid(name: string): Promise<number | undefined> {
    return this.#lookUp('passwd', name);
  }

  /** Undefined when there is no such group. */
  async gid(name: string): Promise<number | undefined> {
    return this.#lookUp('group', name);
  }

  async #lookUp(database: 'passwd' | 'group', name: string): Promise<number | undefined> {
    const key = `${database} ${name}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const id = await this.#ask(database, name);
    if (id !== undefined) this.#found.set(key, id);
    return id;
  }

  /** A line is `name:password:number:…` in both databases. */
  async #ask(database: string, name: string): Promise<number | undefined> {
    try {
      const { stdout } = await this.#commands.run(['getent', database, '--', name], {
        timeoutMs: TIMEOUT_MS,
      });
      const [found, , id] = stdout.split(':');
      return found === name && /^\d+$/.test(id ?? '') ? Number(id) : undefined;
    } catch (error) {
      if (error instanceof CommandError && error.exitCode === EXIT_NOT_FOUND) return undefined;
      throw error;
    }
  }
}
