import { randomUUID } from 'node:crypto';
import { callJson } from '../aws-endpoint/json-call.ts';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import type { Collection, State } from '../saved-state.ts';
import { queueUrl } from '../sqs-s3/queues.ts';

/** Something that a target has to get: at least once, or in the end its dead-letter queue. */
export interface Delivery {
  /** ARN of a queue or of an event bus. */
  target: string;
  body: string;
  /** Epoch milliseconds: its age counts from then. */
  since: number;
  maxAgeSeconds: number;
  /** After the first attempt. */
  maxRetries: number;
  /** ARN of a queue. */
  deadLetters?: string | undefined;
  /** For an event bus, whose `detail` the body is. */
  event?: { DetailType: string; Source: string } | undefined;
  /** The schedule that fired: its keywords are replaced in the body, anew for each attempt. */
  schedule?: { arn: string; scheduledTime: string } | undefined;
  /** The rule that matched. */
  ruleArn?: string | undefined;
}

interface Waiting extends Delivery {
  id: string;
  attempt: number;
  /** Epoch milliseconds of the next attempt. */
  at: number;
}

/** An event for a bus: throws what the bus would refuse. */
export type PutEvent = (event: { EventBusName: string; DetailType: string; Source: string; Detail: string }) => void;

/** What EventBridge and its Scheduler do when no retry policy is given. */
export const DEFAULT_RETRIES = { maxAgeSeconds: 86_400, maxRetries: 185 };
const LONGEST_PAUSE = 600_000;

/** Everything that is under way to a target. It is on disk before the caller is told that it was taken. */
export class Deliveries {
  readonly #collection: Collection<Waiting>;
  readonly #now: () => number;
  readonly #sqs: string;
  readonly #show: (line: string) => void;
  #putEvent: PutEvent = () => undefined;

  constructor(state: State, now: () => number, sqs: string, show: (line: string) => void) {
    this.#collection = state.collection('deliveries');
    this.#now = now;
    this.#sqs = sqs;
    this.#show = show;
  }

  /** Joins the deliveries to the buses, which need them for their rules. */
  deliverEvents(putEvent: PutEvent): void {
    this.#putEvent = putEvent;
  }

  add(delivery: Delivery): void {
    const id = randomUUID();
    this.#collection.set(id, { ...delivery, id, attempt: 1, at: this.#now() });
  }

  /** When the next attempt is due. */
  next(): number | undefined {
    const times = this.#collection.values().map(({ at }) => at);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Makes every attempt that is due. */
  async run(): Promise<void> {
    const due = this.#collection.values().filter(({ at }) => at <= this.#now());
    await Promise.all(due.map((delivery) => this.#attempt(delivery)));
  }

  async #attempt(delivery: Waiting): Promise<void> {
    const { id, since, maxAgeSeconds, maxRetries, attempt, target } = delivery;
    const executionId = randomUUID();
    try {
      if (this.#now() - since > maxAgeSeconds * 1000)
        throw new ServiceError('EventAgeExceeded', 'It was too old before it could be tried.');
      await this.#send(delivery, executionId);
      this.#collection.delete(id);
    } catch (error) {
      const at = this.#now() + Math.min(1000 * 2 ** (attempt - 1), LONGEST_PAUSE);
      const tooOld = at - since > maxAgeSeconds * 1000;
      if (attempt === 1) this.#show(`${target} did not take an event: ${(error as Error).message}`);
      if (attempt <= maxRetries && !tooOld) return this.#collection.set(id, { ...delivery, attempt: attempt + 1, at });
      await this.#giveUp(delivery, executionId, error as Error, tooOld ? 'MaximumEventAgeInSeconds' : 'MaximumRetryAttempts');
      this.#collection.delete(id);
    }
  }

  async #send(delivery: Waiting, executionId: string): Promise<void> {
    const { target, event } = delivery;
    const body = bodyOf(delivery, executionId);
    if (event) return this.#putEvent({ ...event, EventBusName: target, Detail: body });
    await this.#sendMessage(target, body);
  }

  /** The attributes are those by which EventBridge and its Scheduler explain a dead letter. */
  async #giveUp(delivery: Waiting, executionId: string, { name, message }: Error, condition: string): Promise<void> {
    const { target, attempt, deadLetters, schedule, ruleArn } = delivery;
    const about = {
      ERROR_CODE: name,
      ERROR_MESSAGE: message,
      EXHAUSTED_RETRY_CONDITION: condition,
      RETRY_ATTEMPTS: String(attempt - 1),
      TARGET_ARN: target,
      ...(ruleArn !== undefined && { RULE_ARN: ruleArn }),
      ...(schedule && { SCHEDULE_ARN: schedule.arn, SCHEDULED_TIME: schedule.scheduledTime, EXECUTION_ID: executionId }),
    };
    const MessageAttributes = Object.fromEntries(
      Object.entries(about).map(([key, StringValue]) => [key, { DataType: 'String', StringValue }]),
    );
    const lost = (reason: string): void => this.#show(`An event for ${target} is given up (${message}), and ${reason}`);
    if (deadLetters === undefined) return lost('there is no dead-letter queue.');
    await this.#sendMessage(deadLetters, bodyOf(delivery, executionId), MessageAttributes).catch((error: Error) =>
      lost(`${deadLetters} did not take it: ${error.message}`),
    );
  }

  #sendMessage(arn: string, MessageBody: string, MessageAttributes?: object): Promise<unknown> {
    const QueueUrl = queueUrl(this.#sqs, arn.split(':').at(-1) ?? '');
    return callJson(this.#sqs, 'AmazonSQS.SendMessage', { QueueUrl, MessageBody, MessageAttributes });
  }
}

function bodyOf({ body, schedule, attempt }: Waiting, executionId: string): string {
  if (!schedule) return body;
  return body
    .replaceAll('<aws.scheduler.schedule-arn>', schedule.arn)
    .replaceAll('<aws.scheduler.scheduled-time>', schedule.scheduledTime)
    .replaceAll('<aws.scheduler.execution-id>', executionId)
    .replaceAll('<aws.scheduler.attempt-number>', String(attempt));
}

/** As EventBridge writes times: without fractions of a second. */
export function wireTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
