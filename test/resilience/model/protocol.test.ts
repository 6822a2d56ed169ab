import { expect, test } from 'vitest';
import { CONFIGURATIONS, type Configuration, search } from './protocol-search.ts';
import { CONDITIONS, type Condition } from './protocol-writes.ts';

/** A search takes seconds, on a busy machine several times as long (milliseconds). */
const TIMEOUT = 120_000;

const configurationOf = (name: string) => CONFIGURATIONS.find((configuration) => configuration.name === name) as Configuration;

test.each(CONFIGURATIONS)('no state of the protocol breaks a rule: $name', { timeout: TIMEOUT }, (configuration) => {
  const { states, steps, violation } = search(configuration);
  console.log(`Protocol, ${configuration.name}: ${states} states, ${steps} steps, searched in full.`);
  expect(violation).toBeUndefined();
  expect(states).toBeGreaterThan(1_000);
});

/** What the search finds without these conditions. Several at once: each of them covers the others, see `COVERED`. */
const NEEDED: [configuration: string, without: Condition[], finds: string][] = [
  ['requests with one key', ['create: absent'], 'second job'],
  ['requests with one key', ['take over: status', 'take over: owner', 'take over: creatingUntil'], 'second job'],
  ['requests with one key', ['put batch: absent'], 'that the ledger has'],
  ['requests with one key', ['seal: status', 'seal: owner'], 'second job'],
  ['a cancel', ['claim: state'], 'that is over changes'],
  ['settlements', ['claim: try'], 'timeline of the batch is lost'],
  ['a pause', ['claim: notBefore'], 'before its notBefore'],
  ['settlements', ['claim: claim as seen'], 'timeline of the batch is lost'],
  ['a pause and a cancel', ['postpone: state'], 'that is over changes'],
  ['a pause', ['postpone: try'], 'timeline of the batch is lost'],
  ['a pause', ['postpone: claim as seen'], 'timeline of the batch is lost'],
  ['a cancel', ['check: preconditions after the claim'], 'held before it was claimed'],
  ['a pause', ['check: preconditions after the claim'], 'held before it was claimed'],
  ['settlements', ['call: sendBy'], 'called after a person has settled it'],
  ['settlements', ['record: state'], 'timeline of the batch is lost'],
  ['settlements', ['record: claim'], 'timeline of the batch is lost'],
  ['settlements', ['record: claim', 'record: try'], 'timeline of the batch is lost'],
  ['roll-ups and events', ['record: rev'], 'timeline of the job is lost'],
  ['settlements', ['late answer: absent'], 'late answer is written over'],
  ['two sweeps', ['end lease: state'], 'timeline of the batch is lost'],
  ['settlements', ['end lease: claim', 'end lease: leaseEnd'], 'timeline of the batch is lost'],
  ['a cancel', ['close: state'], 'timeline of the batch is lost'],
  ['two sweeps', ['close: try'], 'timeline of the batch is lost'],
  ['roll-ups and events', ['roll up: rev'], 'timeline of the job is lost'],
  ['roll-ups and events', ['mark cancelled: rev'], 'timeline of the job is lost'],
  ['roll-ups and events', ['mark cancelled: rev', 'mark cancelled: status'], 'that is over changes'],
  ['settlements', ['settle: time'], 'after a person has settled it'],
  ['settlements', ['settle: state'], ''],
  ['settlements', ['settle: claim as seen'], 'timeline of the batch is lost'],
  ['settlements', ['settle: claim as seen', 'settle: try'], ''],
  ['roll-ups and events', ['publish: rev'], 'event is lost'],
];

test.each(NEEDED)('%s: without %j the search finds a violation', { timeout: TIMEOUT }, (configuration, without, finds) => {
  const { violation } = search(configurationOf(configuration), without);
  expect(violation?.what).toContain(finds);
  expect(violation?.trace.length).toBeGreaterThan(1);
});

/**
 * Conditions that another one of the same write covers, so that the search finds nothing without them alone. They are kept: each says what the
 * write means, costs nothing, and holds should the other one ever change.
 */
const COVERED: [configuration: string, without: Condition[], why: string][] = [
  ['requests with one key', ['take over: status'], 'a job that is created has no owner'],
  [
    'requests with one key',
    ['take over: owner', 'take over: creatingUntil'],
    'of two that take over, the seal accepts only the last owner',
  ],
  ['requests with one key', ['seal: status'], 'a job that is created has no owner'],
  ['requests with one key', ['seal: owner'], 'all who take over write the same batches; only one of them writes at a time with it'],
  ['settlements', ['record: try'], 'a claim belongs to one try'],
  ['settlements', ['end lease: claim'], 'a later claim has a later leaseEnd, as long as clocks agree'],
  ['settlements', ['end lease: leaseEnd'], 'a claim has one leaseEnd'],
  ['roll-ups and events', ['mark cancelled: status'], 'a job that ends has another revision'],
  ['settlements', ['settle: try'], 'an unknown batch has a claim, and a claim belongs to one try'],
];

test.each(COVERED)('%s: without %j the search finds nothing, since %s', { timeout: TIMEOUT }, (configuration, without) => {
  expect(search(configurationOf(configuration), without).violation).toBeUndefined();
});

test('every condition is left out in some search that finds a violation', () => {
  const found = new Set(NEEDED.flatMap(([, without]) => without));
  expect(CONDITIONS.filter((condition) => !found.has(condition))).toEqual([]);
});
