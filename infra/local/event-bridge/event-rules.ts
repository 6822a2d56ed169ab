import * as z from 'zod/mini';
import { queueArn, retryPolicy, wrongMembers } from '../aws-endpoint/member-validation.ts';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import type { Resource } from '../cloudformation/template.ts';
import type { Collection, State } from '../saved-state.ts';
import { parsePattern } from './event-pattern.ts';

/** What of a target is known here: a queue gets the event as it is. */
export const targetSchema = z.strictObject({
  Id: z.string().check(z.regex(/^[.\-_A-Za-z0-9]{1,64}$/)),
  Arn: queueArn,
  RetryPolicy: retryPolicy,
  DeadLetterConfig: z.optional(z.strictObject({ Arn: queueArn })),
});
export type Target = z.output<typeof targetSchema>;

export interface Rule {
  Name: string;
  Arn: string;
  EventBusName: string;
  EventPattern: string;
  State: 'ENABLED' | 'DISABLED';
  Description?: string | undefined;
  targets: Target[];
}

/** Reads the rules of the template that wait for events. @throws Error that names the rule, and what is not known here */
export function readEventRules(resources: readonly Resource[]): Rule[] {
  return resources
    .filter(({ type, properties }) => type === 'AWS::Events::Rule' && properties.EventPattern !== undefined)
    .map(({ logicalId, ref, attributes, properties }) => {
      const { EventPattern, EventBusName = 'default', State = 'ENABLED', Targets } = properties;
      const pattern = JSON.stringify(EventPattern);
      const targets = z.safeParse(z.array(targetSchema).check(z.minLength(1)), Targets);
      if (!targets.success) throw new Error(`${logicalId}: its targets: ${wrongMembers(targets.error).join('; ')}`);
      const known = resources.some(({ type, ref: name }) => type === 'AWS::Events::EventBus' && name === EventBusName);
      if (!known && EventBusName !== 'default') throw new Error(`${logicalId}: ${EventBusName} is no bus of the stack`);
      for (const { Arn } of targets.data) checkAllowed(logicalId, Arn, resources);
      try {
        parsePattern(pattern);
      } catch (error) {
        throw new Error(`${logicalId}: ${(error as Error).message}`);
      }
      return {
        Name: ref,
        Arn: attributes.Arn ?? '',
        EventBusName: String(EventBusName),
        EventPattern: pattern,
        State: State as Rule['State'],
        targets: targets.data,
      };
    });
}

interface Statement {
  Principal?: { Service?: string };
  Resource?: string;
}

/** A queue takes events only when its policy says so. */
function checkAllowed(logicalId: string, queue: string, resources: readonly Resource[]): void {
  const allowed = resources.some(({ type, properties }) => {
    if (type !== 'AWS::SQS::QueuePolicy') return false;
    const { Statement } = properties.PolicyDocument as { Statement: Statement[] };
    return Statement.some(({ Principal, Resource }) => Principal?.Service === 'events.amazonaws.com' && Resource === queue);
  });
  if (!allowed) throw new Error(`${logicalId}: no policy lets EventBridge send to ${queue}`);
}

/** The rules of one machine: those of the template, and those that are put while it runs. */
export class Rules {
  readonly #put: Collection<Rule>;
  readonly #rules: Map<string, Rule>;

  constructor(state: State, fromTemplate: readonly Rule[]) {
    this.#put = state.collection('rules');
    this.#rules = new Map([...this.#put.values(), ...fromTemplate].map((rule) => [keyOf(rule), rule]));
  }

  set(rule: Rule): void {
    this.#put.set(keyOf(rule), rule);
    this.#rules.set(keyOf(rule), rule);
  }

  delete(rule: Rule): void {
    this.#put.delete(keyOf(rule));
    this.#rules.delete(keyOf(rule));
  }

  find(EventBusName: string, Name: string): Rule | undefined {
    return this.#rules.get(keyOf({ EventBusName, Name }));
  }

  /** @throws ServiceError ResourceNotFoundException */
  get(EventBusName: string, Name: string): Rule {
    const rule = this.find(EventBusName, Name);
    if (!rule) throw new ServiceError('ResourceNotFoundException', `Rule ${Name} does not exist on EventBus ${EventBusName}.`);
    return rule;
  }

  of(bus: string): Rule[] {
    return [...this.#rules.values()].filter(({ EventBusName }) => EventBusName === bus);
  }
}

const keyOf = ({ EventBusName, Name }: { EventBusName: string; Name: string }): string => `${EventBusName}/${Name}`;
