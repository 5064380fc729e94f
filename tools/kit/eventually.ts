import { setTimeout as delay } from 'node:timers/promises';

/** How many times longer than elsewhere everything takes on this machine: an emulated one, say. */
const SLOWNESS = Number(process.env['TEST_SLOWNESS'] ?? '1');

/** Waits until `condition` holds, looking every few milliseconds; fails after `timeoutMs`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const limitMs = timeoutMs * SLOWNESS;
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end)
      throw new Error(`not so after ${limitMs} ms: ${condition.toString()}`);
    await delay(20);
  }
}
