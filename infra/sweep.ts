import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { SweepEnv } from '../functions/sweep/env.ts';
import { ServiceAlarm } from './alarms.ts';
import type { Dispatch } from './dispatch.ts';
import { BundledFunction } from './function.ts';
import type { StageSettings } from './stage-settings.ts';
import type { JobTable } from './table.ts';
import type { Uploads } from './uploads.ts';

const minute = Duration.minutes(1);

interface SweepProps {
  readonly settings: StageSettings;
  readonly table: JobTable;
  readonly dispatch: Dispatch;
  readonly uploads: Uploads;
}

/** The function that each minute takes up what stopped half-way. A run ends before the next one begins. */
export class Sweep extends Construct {
  constructor(scope: Construct, id: string, { settings, table, dispatch, uploads }: SweepProps) {
    super(scope, id);
    const handler = new BundledFunction<keyof SweepEnv>(this, 'Function', {
      name: 'sweep',
      settings,
      timeout: Duration.seconds(55),
      memoryMb: 512,
      environment(granted) {
        dispatch.grantCount(granted);
        return { ...table.grantTakeUp(granted, ['open']), ...dispatch.grantDispatchMessages(granted), ...uploads.grantTask(granted) };
      },
    });
    // A run that could not begin is not worth a second try: the next one is at most a minute away, and does the same.
    new Rule(this, 'EachMinute', {
      schedule: Schedule.rate(minute),
      targets: [new LambdaFunction(handler, { retryAttempts: 0, maxEventAge: minute })],
    });
    const failed = {
      settings,
      title: 'Sweep failed',
      impact: 'Jobs that stopped half-way stay there, and lost calls are not reported as unknown.',
      threshold: 1,
      periods: { bad: 3, among: 5 },
    };
    new ServiceAlarm(this, 'FailedAlarm', { ...failed, metric: handler.metricErrors({ period: minute }) });
    new ServiceAlarm(this, 'FailedJobsAlarm', { ...failed, metric: handler.metricFailures(minute) });
    new ServiceAlarm(this, 'SilentAlarm', {
      settings,
      title: 'Sweep did not run',
      impact: 'Jobs that stop half-way stay there, and lost calls are not reported as unknown; no other alarm tells of it.',
      metric: handler.metricInvocations({ period: Duration.minutes(5) }),
      threshold: 1,
      silence: true,
    });
  }
}
