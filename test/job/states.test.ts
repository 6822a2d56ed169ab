import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobIdOf } from '../../functions/shared/job/job-id.ts';
import {
  BATCH_STATES,
  BATCH_TRANSITIONS,
  type BatchState,
  type CountedBatch,
  countRecipients,
  isFinal,
  JOB_STATUSES,
  outcomeOf,
  statesBefore,
  statusOf,
} from '../../functions/shared/job/states.ts';
import { withEntry } from '../../functions/shared/job/timeline.ts';

describe('the transitions of a batch', () => {
  test('only a batch that waits can be taken for a call', () => {
    expect(statesBefore('sending')).toEqual(['waiting']);
  });

  test('nothing leads out of an end', () => {
    for (const end of ['accepted', 'rejected', 'cancelled', 'expired'] as const) expect(BATCH_TRANSITIONS[end]).toEqual([]);
  });

  test('unknown comes of a call only, and is never called off', () => {
    expect(statesBefore('unknown')).toEqual(['sending']);
    expect(statesBefore('cancelled')).toEqual(['waiting', 'sending']);
    expect(statesBefore('expired')).toEqual(['waiting', 'sending']);
    expect(statesBefore('accepted')).toEqual(['sending', 'unknown']);
    expect(statesBefore('rejected')).toEqual(['waiting', 'sending', 'unknown']);
  });
});

const batch = fc.record({
  state: fc.constantFrom(...BATCH_STATES),
  recipients: fc.integer({ min: 1, max: 500 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});
const batches = fc.array(
  batch.map(
    ({ state, recipients, share }): CountedBatch => ({
      state,
      recipients,
      ...(state === 'accepted' && { errorPhones: Math.floor(share * recipients) }),
    }),
  ),
  { maxLength: 20 },
);

test('the total of the counts is the sum of the others and of all recipients', () => {
  fc.assert(
    fc.property(batches, (list) => {
      const { total, ...others } = countRecipients(list);
      expect(total).toBe(list.reduce((sum, { recipients }) => sum + recipients, 0));
      expect(Object.values(others).reduce((sum, count) => sum + count, 0)).toBe(total);
      expect(Math.min(...Object.values(others))).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('a phone in ErrorPhones of an accepted batch counts as rejected', () => {
  const counts = countRecipients([
    { state: 'accepted', recipients: 5, errorPhones: 2 },
    { state: 'rejected', recipients: 3 },
    { state: 'sending', recipients: 4 },
    { state: 'waiting', recipients: 6 },
  ]);
  expect(counts).toEqual({ total: 18, pending: 10, accepted: 3, rejected: 5, unknown: 0, cancelled: 0, expired: 0 });
});

describe('the status of a job', () => {
  test.each<[BatchState[], string]>([
    [['waiting', 'waiting'], 'queued'],
    [['waiting', 'cancelled'], 'queued'],
    [['waiting', 'sending'], 'sending'],
    [['waiting', 'accepted'], 'sending'],
    [['waiting', 'rejected'], 'sending'],
    [['accepted', 'sending'], 'sending'],
    [['accepted', 'rejected'], 'completed'],
    [['accepted', 'cancelled'], 'completed'],
    [['rejected'], 'completed'],
    [['cancelled', 'cancelled'], 'cancelled'],
    [['cancelled', 'expired'], 'cancelled'],
    [['expired'], 'expired'],
    [['unknown', 'accepted'], 'attention'],
    [['unknown', 'waiting', 'sending'], 'attention'],
  ])('%j: %s', (states, status) => {
    const list = states.map((state) => ({ state, recipients: 1 }));
    expect(statusOf('queued', list)).toBe(status);
    expect(statusOf('scheduled', list)).toBe(status === 'queued' ? 'scheduled' : status);
  });

  test('it is final exactly when no batch can change by itself or by a person', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1 }), (list) => {
        expect(isFinal(statusOf('queued', list))).toBe(list.every(({ state }) => BATCH_TRANSITIONS[state].length === 0));
      }),
    );
    expect(JOB_STATUSES.filter(isFinal)).toEqual(['completed', 'refused', 'cancelled', 'expired']);
  });

  test.each([
    [3, 0, 'accepted'],
    [2, 1, 'partial'],
    [0, 3, 'rejected'],
  ])('completed with %i accepted and %i rejected: %s', (accepted, rejected, outcome) => {
    const counts = { ...countRecipients([]), total: 3, accepted, rejected };
    expect(outcomeOf('completed', counts)).toBe(outcome);
    expect(outcomeOf('attention', counts)).toBeUndefined();
  });
});

test('a timeline keeps how it began and what came last', () => {
  const entries = Array.from({ length: 100 }, (_, at) => ({ at, event: 'not sent' }));
  const timeline = entries.reduce<typeof entries>(withEntry, []);
  expect(timeline.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, ...Array.from({ length: 25 }, (_, index) => 75 + index)]);
});

test('a job id follows from caller and key, and from nothing else', () => {
  expect(jobIdOf('caller', 'key')).toBe(jobIdOf('caller', 'key'));
  const ids = ['a', 'b', 'ab', ''].flatMap((caller) => ['a', 'b', 'ba', ''].map((key) => jobIdOf(caller, key)));
  expect(new Set(ids).size).toBe(16);
  for (const id of ids) expect(id).toMatch(/^job_[0-9A-HJKMNP-TV-Z]{26}$/);
});
