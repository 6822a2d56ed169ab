/** Counts what people are alarmed about. */
export interface Counters {
  /** Batches that became unknown just now. */
  unknownBatches(count: number): void;
  /** Answers that came after a person had settled their batch. */
  lateAnswers(count: number): void;
}

/** Counts answers of the provider that people are alarmed about. */
export interface AnswerCounters {
  /** Answers in which two readers of XML saw different documents. */
  readersDisagree(count: number): void;
}

/** Counts the events that people are alarmed about. */
export interface EventCounters {
  /** Events from an account and source that the stage does not name. */
  unauthorisedSources(count: number): void;
}

/** Counts what a function failed at and went on: Lambda sees no error there. */
export interface FailureCounter {
  count(failures: number): void;
}

/**
 * Counters of a running function, in CloudWatch's embedded metric format: a line of log that becomes a metric of the namespace `Sms`,
 * dimension `service` = the stage. Written by hand: the library for it is 17 KB of every cold start.
 */
export function openCounters(stage: string): Counters & AnswerCounters & EventCounters {
  const counter = (name: string) => (count: number) => writeMetric(name, count, { service: stage });
  return {
    unknownBatches: counter('UnknownBatches'),
    lateAnswers: counter('LateAnswers'),
    readersDisagree: counter('ReadersDisagree'),
    unauthorisedSources: counter('UnauthorisedSources'),
  };
}

/** The metric `Failures` of a function, with the dimensions `service` = the stage and `function`. */
export function openFailureCounter(stage: string, functionName: string): FailureCounter {
  return { count: (failures) => writeMetric('Failures', failures, { service: stage, function: functionName }) };
}

function writeMetric(name: string, count: number, dimensions: Record<string, string>): void {
  if (count === 0) return;
  const metric = { Namespace: 'Sms', Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: name, Unit: 'Count' }] };
  console.log(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics: [metric] }, ...dimensions, [name]: count }));
}
