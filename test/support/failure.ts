/** The error that `work` fails with; that it does not fail is an error too. */
export async function failureOf(work: Promise<unknown>): Promise<Error> {
  const outcome = await work.then(
    (result) => new TypeError(`expected a failure, got ${JSON.stringify(result)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof TypeError) throw outcome;
  return outcome as Error;
}
