import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** Counts what people are alarmed about. */
export interface Counters {
  /** Batches that became unknown just now. */
  unknownBatches(count: number): void;
}

/** Counters of a running function, in CloudWatch's embedded format: namespace `Sms`, dimension `service` = the stage. */
export function openCounters(stage: string): Counters {
  const metrics = new Metrics({ namespace: 'Sms', serviceName: stage });
  return {
    unknownBatches(count) {
      if (count > 0) metrics.singleMetric().addMetric('UnknownBatches', MetricUnit.Count, count);
    },
  };
}
