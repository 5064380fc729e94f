/** Undoes half-done work in reverse order (the `revert` of Incus). */
export class Rollback {
  readonly #steps: { readonly what: string; readonly undo: () => Promise<unknown> }[] = [];

  /** Notes how to undo a step that has just been done. */
  add(what: string, undo: () => Promise<unknown>): void {
    this.#steps.push({ what, undo });
  }

  /**
   * Undoes every step, last one first, each one whatever became of the others.
   *
   * @returns what could not be undone, with the reason
   */
  async undo(): Promise<{ what: string; error: unknown }[]> {
    const failures: { what: string; error: unknown }[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        failures.push({ what: step.what, error });
      }
    }
    return failures;
  }
}

/**
 * Runs `work` with a fresh rollback; if it fails, undoes what it noted and throws its error.
 *
 * @param onFailure told of every step that could not be undone
 */
export async function withRollback<T>(
  work: (rollback: Rollback) => Promise<T>,
  onFailure: (what: string, error: unknown) => void,
): Promise<T> {
  const rollback = new Rollback();
  try {
    return await work(rollback);
  } catch (error) {
    for (const failure of await rollback.undo()) onFailure(failure.what, failure.error);
    throw error;
  }
}
