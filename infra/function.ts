import { globSync, writeFileSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { AssetHashType, DockerImage, type Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type BuildOptions, buildSync } from 'esbuild';
import { type AlarmProps, ServiceAlarm } from './alarms.ts';
import type { StageSettings } from './stages.ts';

const functionsFolder = join(import.meta.dirname, '..', 'functions');

/**
 * How every function is bundled, for a deploy, the tests and the local run alike.
 * CommonJS, because `node:http` costs an ES module the listing of all its exports (some 30 ms a cold start); `module` before `main`,
 * because only the packages' ES builds can be shaken. The SDK is in the bundle: reading the runtime's own is slower and unpinned.
 */
export const bundling = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true,
  treeShaking: true,
  legalComments: 'none',
  logLevel: 'error',
} as const satisfies BuildOptions;

/** The only entry of a function. */
export function entryOf(name: string): string {
  return join(functionsFolder, name, 'handler.ts');
}

let bundles: ReadonlyMap<string, Uint8Array> | undefined;

/** A function's bundle. All are made at once, and once for all stages of a process: what they share is then read once. */
function bundleOf(name: string): Uint8Array {
  bundles ??= bundleAll();
  const bundle = bundles.get(name);
  if (!bundle) throw new Error(`There is no ${entryOf(name)}`);
  return bundle;
}

function bundleAll(): ReadonlyMap<string, Uint8Array> {
  const names = globSync('*/handler.ts', { cwd: functionsFolder }).map(dirname);
  const entryPoints = Object.fromEntries(names.map((name) => [name, entryOf(name)]));
  const { outputFiles } = buildSync({ ...bundling, entryPoints, outdir: functionsFolder, write: false });
  return new Map(outputFiles.map(({ path, contents }) => [parse(path).name, contents]));
}

/** One file, `index.cjs`: its extension says CommonJS wherever the asset lies, which `.js` leaves to the nearest package.json. */
function bundled(name: string): Code {
  return Code.fromAsset(join(functionsFolder, name), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-pulled'),
      local: {
        tryBundle(outputFolder) {
          writeFileSync(join(outputFolder, 'index.cjs'), bundleOf(name));
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
