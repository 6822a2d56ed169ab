import type { Resource } from '../cloudformation/template.ts';
import type { RunningFunction } from './running-function.ts';

/** A queue of the template, and the function that its messages invoke. */
export interface Mapping {
  queueUrl: string;
  queueArn: string;
  /** Where the queue puts what failed too often. */
  deadLetterArn: string | undefined;
  batchSize: number;
  /** How long a batch that is not full waits for more messages (milliseconds). */
  windowMs: number;
  /** Invocations at once. */
  concurrency: number;
  /** The function says which messages of a batch failed; else it is all or none. */
  partial: boolean;
  target: RunningFunction;
}

/**
 * Reads every event source mapping of the template.
 * @throws Error that names a mapping to nothing, a queue that no function is fed by, and what AWS would refuse
 */
export function readMappings(resources: readonly Resource[], functions: Iterable<RunningFunction>): Mapping[] {
  const running = [...functions];
  const queues = new Map(resources.filter(({ type }) => type === 'AWS::SQS::Queue').map((queue) => [queue.attributes.Arn, queue]));
  const mappings = resources
    .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
    .map(({ logicalId, properties }): Mapping => {
      const {
        EventSourceArn,
        FunctionName,
        BatchSize = 10,
        MaximumBatchingWindowInSeconds = 0,
        FunctionResponseTypes = [],
        ScalingConfig = {},
      } = properties as unknown as Declared;
      const queue = queues.get(EventSourceArn);
      if (!queue) throw new Error(`${logicalId}: its source ${EventSourceArn} is no queue of the stack`);
      const target = running.find(({ spec }) => spec.functionName === FunctionName || spec.functionArn === FunctionName);
      if (!target) throw new Error(`${logicalId}: leads to no function of the stack (${FunctionName})`);
      const visibility = Number(queue.properties.VisibilityTimeout ?? 30);
      if (visibility * 1000 < target.spec.timeoutMs) {
        throw new Error(`${logicalId}: the visibility time-out of ${queue.logicalId} is shorter than the time-out of its function`);
      }
      return {
        queueUrl: queue.ref,
        queueArn: EventSourceArn,
        batchSize: BatchSize,
        windowMs: MaximumBatchingWindowInSeconds * 1000,
        deadLetterArn: (queue.properties.RedrivePolicy as { deadLetterTargetArn: string } | undefined)?.deadLetterTargetArn,
        concurrency: Math.min(ScalingConfig.MaximumConcurrency ?? target.spec.concurrency, target.spec.concurrency),
        partial: FunctionResponseTypes.includes('ReportBatchItemFailures'),
        target,
      };
    });
  checkFed([...queues.values()], mappings, deadLetterQueues(resources));
  return mappings;
}

interface Declared {
  EventSourceArn: string;
  FunctionName: string;
  BatchSize?: number;
  MaximumBatchingWindowInSeconds?: number;
  FunctionResponseTypes?: string[];
  ScalingConfig?: { MaximumConcurrency?: number };
}

/** Dead letters wait for a person: those of queues, of the targets of rules, and of schedules, which a function makes as it is told. */
function deadLetterQueues(resources: readonly Resource[]): (string | undefined)[] {
  return resources.flatMap(({ properties }) => {
    const {
      RedrivePolicy,
      Targets = [],
      Environment,
    } = properties as {
      RedrivePolicy?: { deadLetterTargetArn: string };
      Targets?: { DeadLetterConfig?: { Arn: string } }[];
      Environment?: { Variables: Record<string, string> };
    };
    const ofTargets = Targets.map(({ DeadLetterConfig }) => DeadLetterConfig?.Arn);
    return [RedrivePolicy?.deadLetterTargetArn, ...ofTargets, Environment?.Variables.SCHEDULE_DEAD_LETTERS];
  });
}

/** A message in a queue that no function reads would wait for ever. */
function checkFed(queues: readonly Resource[], mappings: readonly Mapping[], dead: readonly (string | undefined)[]): void {
  for (const { logicalId, attributes } of queues) {
    if (dead.includes(attributes.Arn) || mappings.some(({ queueArn }) => queueArn === attributes.Arn)) continue;
    throw new Error(`${logicalId}: no function is fed by this queue`);
  }
}
