/** How many batches are in each state; states that none is in are left out. */
export function statesOf(batches: readonly { state: string }[]): Record<string, number> {
  const states: Record<string, number> = {};
  for (const { state } of batches) states[state] = (states[state] ?? 0) + 1;
  return states;
}
