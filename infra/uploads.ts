import { type CfnResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { filesEnv } from '../functions/shared/env/env.ts';
import type { UploadsEnv } from '../functions/uploads/env.ts';
import type { Dispatch } from './dispatch.ts';
import { keyOf } from './encryption.ts';
import { BundledFunction } from './function.ts';
import type { Provider } from './provider.ts';
import { WorkQueue } from './queue.ts';
import type { StageSettings } from './stage-settings.ts';
import type { JobTable } from './table.ts';

type FilesEnv = Record<keyof typeof filesEnv, string>;

const TIMEOUT = Duration.minutes(5);

interface UploadsProps {
  readonly settings: StageSettings;
  readonly table: JobTable;
  readonly provider: Provider;
  readonly dispatch: Dispatch;
}

/** The bucket of uploaded recipients and exported results, and the function that reads the ones and writes the others. */
export class Uploads extends Construct {
  readonly #bucket: Bucket;
  readonly #files: WorkQueue;

  constructor(scope: Construct, id: string, { settings, table, provider, dispatch }: UploadsProps) {
    super(scope, id);
    this.#bucket = this.#createBucket(settings);
    this.#files = new WorkQueue(this, 'Files', {
      settings,
      functionTimeout: TIMEOUT,
      dead: { title: 'Dead files', impact: 'A job whose recipients come from a file stays in preparation, or an export is never ready.' },
    });
    const handler = new BundledFunction<keyof UploadsEnv>(this, 'Function', {
      name: 'uploads',
      settings,
      timeout: TIMEOUT,
      memoryMb: 1024,
      loops: true,
      errors: { title: 'Uploads errors', impact: 'Jobs whose recipients come from a file begin late, and exports are ready late.' },
      environment: (granted) => ({
        ...table.grantReadWrite(granted),
        ...dispatch.grantDispatchMessages(granted),
        ...this.#grantWork(granted),
        ...provider.orderRules(),
      }),
    });
    this.#files.feed(handler, settings.concurrency.files);
  }

  /** What hands out pre-signed addresses needs, and reads a file for a preview by one: a signature gives no more than its signer has. */
  grantUpload(granted: LambdaFunction): FilesEnv {
    this.#allow(granted, 's3:PutObject', ['uploads/*']);
    this.#allow(granted, 's3:GetObject', ['exports/*', 'uploads/*']);
    this.#allowListing(granted);
    return { FILES_BUCKET: this.#bucket.bucketName, ...this.grantTask(granted) };
  }

  /** The right to have a file read on. */
  grantTask(granted: LambdaFunction): Pick<FilesEnv, 'FILES_QUEUE_URL'> {
    return { FILES_QUEUE_URL: this.#files.grantSend(granted) };
  }

  #grantWork(granted: LambdaFunction): FilesEnv {
    this.#allow(granted, 's3:PutObject', ['exports/*']);
    this.#allow(granted, 's3:AbortMultipartUpload', ['exports/*']);
    this.#allow(granted, 's3:GetObject', ['uploads/*']);
    this.#allowListing(granted);
    return { FILES_BUCKET: this.#bucket.bucketName, ...this.grantTask(granted) };
  }

  /** Without the right to list, S3 answers 403 for an object that is not there, not 404. */
  #allowListing(granted: LambdaFunction): void {
    granted.addToRolePolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.#bucket.bucketArn] }));
  }

  #allow(granted: LambdaFunction, action: string, folders: readonly string[]): void {
    const resources = folders.map((folder) => this.#bucket.arnForObjects(folder));
    granted.addToRolePolicy(new PolicyStatement({ actions: [action], resources }));
    const bucketId = Stack.of(this).getLogicalId(this.#bucket.node.defaultChild as CfnBucket);
    for (const folder of folders) {
      Validations.of(granted.role as Role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${folder}]`,
        reason: 'Objects get a random name each when they are made: the right can name their folder and no more.',
      });
    }
  }

  /** The function of the CDK that empties the bucket would write into a log group that no stack owns, and that stays. */
  #keepNoLog({ logRetention: retention, removal: removalPolicy }: StageSettings): void {
    const provider = Stack.of(this).node.findChild('Custom::S3AutoDeleteObjectsCustomResourceProvider');
    const logGroup = new LogGroup(this, 'EmptyingLog', { retention, removalPolicy });
    (provider.node.findChild('Handler') as CfnResource).addPropertyOverride('LoggingConfig', { LogGroup: logGroup.logGroupName });
  }

  #createBucket(settings: StageSettings): Bucket {
    const { removal, limits } = settings;
    const encryptionKey = keyOf(this, settings);
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      ...(encryptionKey
        ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(limits.retentionDays), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: removal,
      // A bucket that is not empty stays, and stops the deletion of its stack.
      autoDeleteObjects: removal === RemovalPolicy.DESTROY,
    });
    if (removal === RemovalPolicy.DESTROY) this.#keepNoLog(settings);
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Objects are reached by functions and by addresses that the API signs, and the log of the API says who asked for them.',
    });
    return bucket;
  }
}
