/** What was done to the fakes of one test, in order. A step can be told to fail. */
export class Journal {
  readonly events: string[] = [];
  readonly #failures = new Map<string, Error>();

  /** From now on the step that is called `event` fails. */
  fail(event: string, error: Error = new Error(`${event}: no space left`)): void {
    this.#failures.set(event, error);
  }

  /** From now on it works again. */
  mend(event: string): void {
    this.#failures.delete(event);
  }

  /** Notes a step; rejects if it is to fail. */
  note(event: string): Promise<void> {
    this.events.push(event);
    const error = this.#failures.get(event);
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  }

  /** What came after the last `event`. */
  after(event: string): string[] {
    return this.events.slice(this.events.lastIndexOf(event) + 1);
  }
}
