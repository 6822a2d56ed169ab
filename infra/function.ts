import { dirname } from 'node:path';
import { AssetHashType, DockerImage, Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type Impact, ServiceAlarm } from './alarms.ts';
import { entryOf, writeBundle } from './bundle.ts';
import { executionsOf } from './concurrency.ts';
import { grantKey, keyOf } from './encryption.ts';
import { grantJoin, type Outbound } from './network.ts';
import type { StageSettings } from './stage-settings.ts';

/** An asset of the function's files (see bundle.ts). */
function bundled(name: string): Code {
  return Code.fromAsset(dirname(entryOf(name)), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-pulled'),
      local: {
        tryBundle(outputFolder) {
          writeBundle(name, outputFolder);
          return true;
        },
      },
    },
  });
}

interface BundledFunctionProps<Variable extends string> {
  /** Its folder under functions/. */
  readonly name: string;
  readonly settings: StageSettings;
  readonly timeout: Duration;
  readonly memoryMb: number;
  /** Who is affected when it fails: makes an alarm of its errors, and of what it failed at and went on. */
  readonly errors?: Impact;
  /**
   * A queue invokes it, and its messages lead to its own next invocation by design: Lambda would end such a chain after some 16
   * rounds. It counts the messages that failed.
   */
  readonly loops?: boolean;
  /** Where it goes out from; Lambda's own addresses without it. */
  readonly outbound?: Outbound | undefined;
  /**
   * Gives the function what it may use, and names it: each grant adds the permission and returns the variables that go with it.
   * `Variable` is the keys of the function's own environment schema, so a missing or misspelt one does not compile.
   */
  readonly environment: (granted: LambdaFunction) => Readonly<Record<Variable, string>>;
}

/** A Lambda function from functions/<name>/handler.ts with a role, a log group and an environment of its own. */
export class BundledFunction<Variable extends string> extends LambdaFunction {
  readonly #name: string;
  readonly #settings: StageSettings;

  constructor(scope: Construct, id: string, props: BundledFunctionProps<Variable>) {
    const { name, settings, timeout, memoryMb, errors, loops = false, outbound, environment } = props;
    const { logRetention: retention, removal: removalPolicy } = settings;
    const logGroup = new LogGroup(scope, `${id}Log`, { retention, removalPolicy, encryptionKey: keyOf(scope, settings) });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    super(scope, id, {
      description: `functions/${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: settings.architecture,
      handler: 'index.handler',
      code: bundled(name),
      role,
      logGroup,
      timeout,
      memorySize: memoryMb,
      ...(loops && { recursiveLoop: RecursiveLoop.ALLOW }),
      ...(settings.concurrency.reserve && { reservedConcurrentExecutions: executionsOf(settings)[name] }),
      ...outbound,
    });
    this.#name = name;
    this.#settings = settings;
    logGroup.grantWrite(role);
    grantKey(role, settings);
    if (outbound) grantJoin(role);
    for (const [variable, value] of Object.entries<string>(environment(this))) this.addEnvironment(variable, value);
    if (!errors) return;
    new ServiceAlarm(this, 'ErrorsAlarm', { settings, ...errors, metric: this.metricErrors(), threshold: 1 });
    if (loops) new ServiceAlarm(this, 'FailuresAlarm', { settings, ...errors, metric: this.metricFailures(), threshold: 1 });
  }

  /** What invocations failed at and went on, which Lambda does not count as errors. */
  metricFailures(period = Duration.minutes(5)): Metric {
    const dimensionsMap = { service: this.#settings.name, function: this.#name };
    return new Metric({ namespace: 'Sms', metricName: 'Failures', dimensionsMap, statistic: 'sum', period });
  }
}
