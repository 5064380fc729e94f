import { isDeepStrictEqual } from 'node:util';

const hasColours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const BOLD = 1;
const DIM = 2;
const RED = 31;
const GREEN = 32;
const CYAN = 36;
/** How much room a request or a reply may take. */
const LINE_CHARACTERS = 180;

/** Something is not as it should be. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

/** The numbered steps as they are shown on the screen; each has to say how it went. */
export class Screen {
  readonly #stateDir: string;
  #number = 0;
  #title = '';

  /** @param stateDir shown as `$STATE`: it is long, and in many lines */
  constructor({ stateDir }: { stateDir: string }) {
    this.#stateDir = stateDir;
  }

  /** What is being shown: for the message of a failure. */
  get step(): string {
    return `${this.#number}. ${this.#title}`;
  }

  /** @param meaning one plain sentence */
  begin(title: string, meaning: string): void {
    this.#title = title;
    this.#print(`\n${coloured(BOLD, `${++this.#number}. ${title}`)}\n   ${meaning}`);
  }

  /** Says what `$STATE` stands for. */
  variable(): void {
    console.log(coloured(DIM, `   $ STATE=${this.#stateDir}`));
  }

  command(line: string): void {
    this.#print(coloured(DIM, `   $ ${line}`));
  }

  request(wire: string, method: string, params: unknown): void {
    const label = coloured(DIM, `${wire} >`.padStart(12));
    this.#print(`${label} ${coloured(CYAN, method)} ${this.#brief(params)}`);
  }

  reply(result: unknown): void {
    this.#print(`${coloured(DIM, '<'.padStart(12))} ${this.#brief(result)}`);
  }

  output(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.#print(`     ${line}`);
  }

  /**
   * Shows that something is as it should be.
   *
   * @throws DemoFailure when it is not
   */
  check(what: string, isSo: boolean): void {
    if (!isSo) throw new DemoFailure(`this is not so: ${what}`);
    this.#print(`   ${coloured(GREEN, '✔')} ${what}`);
  }

  /** @throws DemoFailure that shows both values when they differ */
  checkEqual(what: string, actual: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(actual, expected))
      throw new DemoFailure(
        `${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`,
      );
    this.check(what, true);
  }

  failure(message: string): void {
    console.error(`\n${coloured(RED, '✘')} Step ${this.step} failed: ${message}`);
  }

  #brief(value: unknown): string {
    return brief(JSON.parse(this.#shortened(JSON.stringify(value))));
  }

  #print(text: string): void {
    console.log(this.#shortened(text));
  }

  #shortened(text: string): string {
    return text.replaceAll(this.#stateDir, '$STATE');
  }
}

function coloured(code: number, text: string): string {
  return hasColours ? `\x1b[${code}m${text}\x1b[0m` : text;
}

/** JSON on one line; what does not fit is left out, and counted. */
export function brief(value: unknown, room = LINE_CHARACTERS): string {
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    return enclosed(
      '[',
      items.map((member) => ({ label: '', member })),
      ']',
      room,
    );
  }
  if (typeof value === 'object' && value !== null)
    return enclosed(
      '{',
      Object.entries(value).map(([name, member]: [string, unknown]) => ({
        label: `"${name}": `,
        member,
      })),
      '}',
      room,
    );
  return JSON.stringify(value);
}

interface Member {
  readonly label: string;
  readonly member: unknown;
}

function enclosed(open: string, members: readonly Member[], close: string, room: number): string {
  const shown: string[] = [];
  let left = room;
  for (const [index, { label, member }] of members.entries()) {
    // Simple values behind a long object are worth more than all of the object.
    const isWhole = isSimple(member) || members.length === 1;
    const share = isWhole ? left : Math.min(left, Math.floor(room / 2));
    const text = label + brief(member, share - label.length);
    if (text.length > left && shown.length > 0) {
      shown.push(`… ${members.length - index} more`);
      break;
    }
    shown.push(text);
    left -= text.length + 2;
  }
  return open + shown.join(', ') + close;
}

function isSimple(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}
