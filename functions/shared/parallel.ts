/**
 * Does something for every item, at most `width` at a time, and answers the results in order. The first failure is thrown once
 * what is under way has ended, so that nothing goes on behind the caller's back.
 */
export async function parallel<Item, Result>(
  items: readonly Item[],
  task: (item: Item, index: number) => Promise<Result>,
  width = 10,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await task(items[index] as Item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, worker));
  const failure = ended.find((worked) => worked.status === 'rejected');
  if (failure) throw failure.reason;
  return results;
}
