import * as z from 'zod/mini';
import { validated } from '../aws-endpoint/member-validation.ts';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import { ACCOUNT, REGION } from '../cloudformation/template.ts';
import { DEFAULT_RETRIES, type Deliveries } from './deliveries.ts';
import { type Entry, type Envelope, envelopeOf, readEntries } from './event-entry.ts';
import { matches, parsePattern } from './event-pattern.ts';
import { type Rule, type Rules, targetSchema } from './event-rules.ts';

const name = z.string().check(z.regex(/^[.\-_A-Za-z0-9]{1,64}$/));
const bus = z._default(z.string(), 'default');
const onRule = { Rule: name, EventBusName: bus };

const ruleSchema = z.strictObject({
  Name: name,
  EventPattern: z.string().check(z.minLength(1), z.maxLength(4_096)),
  State: z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED'),
  Description: z.optional(z.string().check(z.maxLength(512))),
  EventBusName: bus,
});

/** Targets that one rule may have. */
const MOST_TARGETS = 5;

/** The event buses of one machine: what the operations do, by their names in the API reference. */
export class Buses {
  readonly #names: ReadonlySet<string>;
  readonly #rules: Rules;
  readonly #deliveries: Deliveries;
  readonly #now: () => number;

  /** @param names of the buses beside `default` */
  constructor(names: readonly string[], rules: Rules, deliveries: Deliveries, now: () => number) {
    this.#names = new Set(['default', ...names]);
    this.#rules = rules;
    this.#deliveries = deliveries;
    this.#now = now;
  }

  /** @param account whose caller it is. An unknown bus is said here; AWS itself says that all is well, and drops the event. */
  PutEvents(given: object, account: string): object {
    const results = readEntries(given).map((entry) => {
      try {
        return { EventId: this.put(entry, account) };
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        return { ErrorCode: error.name, ErrorMessage: error.message };
      }
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  /** Hands an event to every rule that it matches. @returns its id. @throws ServiceError what is wrong with it */
  put(entry: Entry, account = ACCOUNT): string {
    const event = envelopeOf(entry, account, this.#now());
    const rules = this.#rules.of(this.#busOf(entry.EventBusName || 'default'));
    for (const rule of rules) {
      if (rule.State === 'ENABLED' && matches(parsePattern(rule.EventPattern), event)) this.#deliver(event, rule);
    }
    return event.id;
  }

  PutRule(given: object): object {
    const request = validated(ruleSchema, given);
    const EventBusName = this.#busOf(request.EventBusName);
    parsePattern(request.EventPattern);
    const Arn = `arn:aws:events:${REGION}:${ACCOUNT}:rule/${EventBusName === 'default' ? '' : `${EventBusName}/`}${request.Name}`;
    const targets = this.#rules.find(EventBusName, request.Name)?.targets ?? [];
    this.#rules.set({ ...request, EventBusName, Arn, targets });
    return { RuleArn: Arn };
  }

  PutTargets(given: object): object {
    const request = validated(z.strictObject({ ...onRule, Targets: z.array(targetSchema).check(z.minLength(1)) }), given);
    const rule = this.#rules.get(this.#busOf(request.EventBusName), request.Rule);
    const targets = new Map([...rule.targets, ...request.Targets].map((target) => [target.Id, target]));
    if (targets.size > MOST_TARGETS)
      throw new ServiceError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
    this.#rules.set({ ...rule, targets: [...targets.values()] });
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  RemoveTargets(given: object): object {
    const request = validated(z.strictObject({ ...onRule, Ids: z.array(z.string()).check(z.minLength(1)) }), given);
    const rule = this.#rules.get(this.#busOf(request.EventBusName), request.Rule);
    this.#rules.set({ ...rule, targets: rule.targets.filter(({ Id }) => !request.Ids.includes(Id)) });
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  DeleteRule(given: object): object {
    const request = validated(z.strictObject({ Name: name, EventBusName: bus }), given);
    const rule = this.#rules.find(this.#busOf(request.EventBusName), request.Name);
    if (rule && rule.targets.length > 0) throw new ServiceError('ValidationException', "Rule can't be deleted since it has targets.");
    if (rule) this.#rules.delete(rule);
    return {};
  }

  ListRules(given: object): object {
    const { EventBusName, NamePrefix } = validated(z.object({ EventBusName: bus, NamePrefix: z._default(z.string(), '') }), given);
    const rules = this.#rules.of(this.#busOf(EventBusName)).filter(({ Name }) => Name.startsWith(NamePrefix));
    return { Rules: rules.map(({ targets, ...rule }) => rule) };
  }

  ListTargetsByRule(given: object): object {
    const request = validated(z.object(onRule), given);
    return { Targets: this.#rules.get(this.#busOf(request.EventBusName), request.Rule).targets };
  }

  #deliver(event: Envelope, rule: Rule): void {
    for (const { Arn, RetryPolicy = {}, DeadLetterConfig } of rule.targets) {
      this.#deliveries.add({
        target: Arn,
        body: JSON.stringify(event),
        since: this.#now(),
        maxAgeSeconds: RetryPolicy.MaximumEventAgeInSeconds ?? DEFAULT_RETRIES.maxAgeSeconds,
        maxRetries: RetryPolicy.MaximumRetryAttempts ?? DEFAULT_RETRIES.maxRetries,
        deadLetters: DeadLetterConfig?.Arn,
        ruleArn: rule.Arn,
      });
    }
  }

  /** @param nameOrArn of a bus of this machine. @returns its name */
  #busOf(nameOrArn: string): string {
    const given = nameOrArn.replace(`arn:aws:events:${REGION}:${ACCOUNT}:event-bus/`, '');
    if (!this.#names.has(given)) throw new ServiceError('ResourceNotFoundException', `Event bus ${given} does not exist.`);
    return given;
  }
}
