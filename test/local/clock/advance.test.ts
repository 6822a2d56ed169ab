import { expect, it } from 'vitest';
import { advance, NeverQuiet } from '../../../infra/local/clock/advance.ts';
import { Clock } from '../../../infra/local/clock/clock.ts';
import { openState } from '../../../infra/local/saved-state.ts';

const HOUR = 3_600_000;
const nothing = { timed: [], upcoming: () => [], nextRule: async () => undefined, moved: () => undefined };

it('stays where it is while something does not come to rest', async () => {
  const clock = new Clock(openState());
  await expect(advance(HOUR, { ...nothing, clock, quiet: () => undefined }, 50)).rejects.toThrow(NeverQuiet);
  expect(clock.ahead).toBe(0);
});

it('does not let what is past hide what comes', async () => {
  const clock = new Clock(openState());
  const from = clock.now();
  const moves: number[] = [];
  const upcoming = () => [from - 1, from + HOUR / 2];
  await advance(HOUR, { ...nothing, clock, upcoming, quiet: () => 0, moved: () => moves.push(Math.round((clock.now() - from) / 60_000)) });
  expect(moves).toEqual([30, 60]);
});

it('does not move by what it knew before something else ran', async () => {
  let events = 0;
  const nextRule = async () => {
    events += events < 3 ? 1 : 0;
    return undefined;
  };
  const seen: number[] = [];
  await advance(HOUR, { ...nothing, clock: new Clock(openState()), nextRule, quiet: () => events, moved: () => seen.push(events) });
  expect([...new Set(seen)]).toEqual([3]);
});
