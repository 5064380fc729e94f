import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `condition` holds, looking every few milliseconds; fails after `timeoutMs`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end)
      throw new Error(`not so after ${timeoutMs} ms: ${condition.toString()}`);
    await delay(20);
  }
}
