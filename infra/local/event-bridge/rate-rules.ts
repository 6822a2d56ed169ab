import { randomUUID } from 'node:crypto';
import type { ScheduledEvent } from 'aws-lambda';
import type { Timed } from '../clock/clock.ts';
import { ACCOUNT, REGION, type Resource } from '../cloudformation/template.ts';
import type { RunningFunction } from '../lambda/running-function.ts';

/** A rule of the template that calls a function at a fixed rate. */
export interface Rule {
  arn: string;
  everyMs: number;
  target: RunningFunction;
}

const units: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads every rule of the template that waits for no event.
 * @throws Error that names a rule without a function, a function that EventBridge may not call, and what is not known here
 */
export function readRules(resources: readonly Resource[], functions: Iterable<RunningFunction>): Rule[] {
  const running = [...functions];
  const callable = resources.flatMap(({ type, properties }) =>
    type === 'AWS::Lambda::Permission' && properties.Principal === 'events.amazonaws.com' ? [properties.FunctionName] : [],
  );
  return resources
    .filter(({ type, properties }) => type === 'AWS::Events::Rule' && properties.EventPattern === undefined)
    .flatMap(({ logicalId, attributes, properties }) => {
      const { ScheduleExpression = '', Targets = [] } = properties as { ScheduleExpression?: string; Targets?: { Arn: string }[] };
      const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression) ?? [];
      if (!count) throw new Error(`${logicalId}: only rules of a rate are known on one machine, not "${ScheduleExpression}"`);
      if (Targets.length === 0) throw new Error(`${logicalId}: calls nothing`);
      return Targets.map(({ Arn }): Rule => {
        const target = running.find(({ spec }) => spec.functionArn === Arn);
        if (!target) throw new Error(`${logicalId}: calls no function of the stack (${Arn})`);
        const { functionName } = target.spec;
        if (!callable.includes(Arn) && !callable.includes(functionName)) {
          throw new Error(`${logicalId}: no permission lets EventBridge call ${functionName}`);
        }
        return { arn: attributes.Arn ?? '', everyMs: Number(count) * (units[unit] as number), target };
      });
    });
}

/** A rule by the clock. */
export interface TimedRule extends Timed {
  /** Its first call from a moment on. */
  tickFrom(moment: number): number;
}

/**
 * Each rule calls its function at its rate; a call that would begin while the last one runs is left out.
 * @param everyMs instead of the rules' own rates
 */
export function timedRules(rules: readonly Rule[], now: () => number, show: (line: string) => void, everyMs?: number): TimedRule[] {
  return rules.map((rule) => {
    const every = everyMs ?? rule.everyMs;
    let next = now() + every;
    let running = false;
    const tickFrom = (moment: number): number => next + Math.max(0, Math.ceil((moment - next) / every)) * every;
    return {
      tickFrom,
      next: () => (running ? undefined : next),
      async run() {
        running = true;
        await rule.target.invoke(JSON.stringify(eventOf(rule, new Date(now())))).catch((error: Error) => show(error.message));
        next = tickFrom(now() + 1);
        running = false;
      },
    };
  });
}

function eventOf({ arn }: Rule, now: Date): ScheduledEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT,
    time: `${now.toISOString().slice(0, 19)}Z`,
    region: REGION,
    resources: [arn],
    detail: {},
  };
}
