import { Alarm, ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { StageSettings } from './stage-settings.ts';

/** Those affected by what an alarm reports. */
export interface Impact {
  /** Its row in the table "Alarms" of infra/OPERATION.md, which says what to do. */
  readonly title: string;
  /** Who is affected, and how: the first thing that a person on call reads. */
  readonly impact: string;
}

/** When an alarm rings, and for whom. */
export interface AlarmProps extends Impact {
  readonly settings: StageSettings;
  readonly metric: Metric;
  /** It rings from this value on. */
  readonly threshold: number;
  /** How many of the last `among` periods have to reach the threshold; 1 of 1 unless given. */
  readonly periods?: { readonly bad: number; readonly among: number };
  /** Rings when the metric stays *below* the threshold, or is not there at all. */
  readonly silence?: boolean;
}

/** An alarm that says who is affected. It tells the stage's topic, if there is one, when it rings and when it is over. */
export class ServiceAlarm extends Alarm {
  constructor(scope: Construct, id: string, props: AlarmProps) {
    const { settings, title, impact, metric, threshold, periods = { bad: 1, among: 1 }, silence = false } = props;
    super(scope, id, {
      alarmDescription: `${impact} What to do: infra/OPERATION.md, "Alarms", "${title}".`,
      metric,
      threshold,
      evaluationPeriods: periods.among,
      datapointsToAlarm: periods.bad,
      comparisonOperator: silence ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silence ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (settings.alarmTopicArn === undefined) return;
    const action = new SnsAction(Topic.fromTopicArn(this, 'Topic', settings.alarmTopicArn));
    this.addAlarmAction(action);
    this.addOkAction(action);
  }
}
