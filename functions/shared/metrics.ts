import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** Counts what people are alarmed about. */
export interface Counters {
  /** Batches that became unknown just now. */
  unknownBatches(count: number): void;
  /** Answers that came after a person had settled their batch. */
  lateAnswers(count: number): void;
}

/** Counters of a running function, in CloudWatch's embedded format: namespace `Sms`, dimension `service` = the stage. */
export function openCounters(stage: string): Counters {
  const metrics = new Metrics({ namespace: 'Sms', serviceName: stage });
  const counter = (name: string) => (count: number) => {
    if (count > 0) metrics.singleMetric().addMetric(name, MetricUnit.Count, count);
  };
  return { unknownBatches: counter('UnknownBatches'), lateAnswers: counter('LateAnswers') };
}
