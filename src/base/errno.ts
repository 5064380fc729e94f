import { getSystemErrorMap } from 'node:util';
import { messageOf } from './errors.js';

/** The `code` of a system error, or undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** What a system error means in words ("No such file or directory"), or the message of any other error. */
export function errorReason(error: unknown): string {
  const { errno } = error as NodeJS.ErrnoException;
  const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  if (words === undefined) return messageOf(error);
  return words.charAt(0).toUpperCase() + words.slice(1).replace(/^\/o/, '/O');
}

/** Whether `work` is done; false when it fails with one of the system error `codes`. */
export async function isDone(codes: readonly string[], work: Promise<unknown>): Promise<boolean> {
  return (
    (await ignoring(
      codes,
      work.then(() => true),
    )) ?? false
  );
}

/** The result of `work`, or undefined when it fails with one of the system error `codes`. */
export async function ignoring<T>(
  codes: readonly string[],
  work: Promise<T>,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Like `ignoring`, at once. */
export function ignoringNow<T>(codes: readonly string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (codes.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
