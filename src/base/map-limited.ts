/**
 * What `work` makes of each of `items`, in their order, with at most `limit` of them under way at a time.
 *
 * When one fails, no more are begun, and it fails with that one's error once those under way have ended.
 */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  let hasFailed = false;
  const worker = async () => {
    for (const [index, item] of queue) {
      if (hasFailed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, worker);
  for (const end of await Promise.allSettled(workers))
    if (end.status === 'rejected') throw end.reason;
  return results;
}
