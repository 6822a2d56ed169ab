import { dirname } from 'node:path';
import { AssetHashType, DockerImage, type Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type AlarmProps, ServiceAlarm } from './alarms.ts';
import { entryOf, writeBundle } from './bundle.ts';
import type { StageSettings } from './stages.ts';

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
  /** Who is hurt when it fails: makes an alarm of its errors. */
  readonly errors?: Pick<AlarmProps, 'title' | 'impact'>;
  /**
   * Gives the function what it may use, and names it: each grant adds the permission and returns the variables that go with it.
   * `Variable` is the keys of the function's own environment schema, so a missing or misspelt one does not compile.
   */
  readonly environment: (granted: LambdaFunction) => Readonly<Record<Variable, string>>;
}

/** A Lambda function from functions/<name>/handler.ts with a role, a log group and an environment of its own. */
export class BundledFunction<Variable extends string> extends LambdaFunction {
  constructor(scope: Construct, id: string, { name, settings, timeout, memoryMb, errors, environment }: BundledFunctionProps<Variable>) {
    const logGroup = new LogGroup(scope, `${id}Log`, { retention: settings.logRetention, removalPolicy: settings.removal });
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
    });
    logGroup.grantWrite(role);
    for (const [variable, value] of Object.entries<string>(environment(this))) this.addEnvironment(variable, value);
    if (errors) new ServiceAlarm(this, 'ErrorsAlarm', settings, { ...errors, metric: this.metricErrors(), threshold: 1 });
  }
}
