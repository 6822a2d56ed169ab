import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { API_KEYS, INDEXES } from '../functions/shared/dynamodb/keys.ts';
import type { jobEnv } from '../functions/shared/env/env.ts';
import type { Limits } from '../functions/shared/settings.ts';
import { keyOf } from './encryption.ts';
import type { EventsQueue } from './events-queue.ts';
import type { StageSettings } from './stage-settings.ts';

/** What every table of the stack is: on demand, encrypted, recoverable to the second, expiring by `expiresAt`. */
export function tableProps(scope: Construct, settings: StageSettings) {
  const encryptionKey = keyOf(scope, settings);
  return {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    timeToLiveAttribute: 'expiresAt',
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.AWS_MANAGED,
    ...(encryptionKey && { encryptionKey }),
    removalPolicy: settings.removal,
  };
}

/** The type of each index's sort key: due times are compared as numbers, the others as the text of a time. */
const sortTypes: Record<(typeof INDEXES)[keyof typeof INDEXES]['sort'], AttributeType> = {
  wakeAt: AttributeType.NUMBER,
  createdAt: AttributeType.STRING,
};

interface JobTableProps {
  readonly settings: StageSettings;
  readonly eventsQueue: EventsQueue;
}

type Index = keyof typeof INDEXES;

/** The one table of jobs, batches, payloads and idempotency keys. */
export class JobTable extends Construct {
  readonly #table: Table;
  readonly #settings: StageSettings;
  readonly #eventsQueue: EventsQueue;

  constructor(scope: Construct, id: string, { settings, eventsQueue }: JobTableProps) {
    super(scope, id);
    this.#settings = settings;
    this.#eventsQueue = eventsQueue;
    this.#table = new Table(this, 'Table', { ...tableProps(this, settings), deletionProtection: settings.protected });
    for (const index of Object.values(INDEXES)) {
      const { name, partition, sort } = index;
      this.#table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: partition, type: AttributeType.STRING },
        sortKey: { name: sort, type: sortTypes[sort] },
        ...('project' in index
          ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...index.project] }
          : { projectionType: ProjectionType.KEYS_ONLY }),
      });
    }
  }

  get name(): string {
    return this.#table.tableName;
  }

  /**
   * What a function needs that works on jobs: reads, conditional writes, queries of the table and of the indexes that it names; no scan,
   * no delete. And the right to send to the events queue what follows from its writes.
   */
  grantReadWrite(grantee: IGrantable, indexes: readonly Index[] = []): Record<keyof typeof jobEnv, string> {
    return this.#grant(grantee, ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query'], indexes);
  }

  /** What the sweep needs, which finds work and creates none. */
  grantTakeUp(grantee: IGrantable, indexes: readonly Index[]): Record<keyof typeof jobEnv, string> {
    return this.#grant(grantee, ['GetItem', 'UpdateItem', 'Query'], indexes);
  }

  #grant(grantee: IGrantable, operations: readonly string[], indexes: readonly Index[]): Record<keyof typeof jobEnv, string> {
    const { tableArn, tableName } = this.#table;
    const actions = operations.map((operation) => `dynamodb:${operation}`);
    const { grantPrincipal } = grantee;
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [tableArn] }));
    if (indexes.length > 0) {
      const resources = indexes.map((index) => `${tableArn}/index/${INDEXES[index].name}`);
      grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['dynamodb:Query'], resources }));
    }
    const { name, events } = this.#settings;
    const settings = { LIMITS: JSON.stringify(limitsOf(this.#settings)), STAGE: name, PUBLISH_EVENTS: events.publish ? 'yes' : 'no' };
    return { ...this.#eventsQueue.grantSendEvents(grantee), TABLE_NAME: tableName, ...settings };
  }

  /** The right to read keys of callers, and nothing else of the table. */
  grantReadKeys({ grantPrincipal }: IGrantable): Record<'TABLE_NAME', string> {
    const { tableArn, tableName } = this.#table;
    const conditions = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [API_KEYS] }, Null: { 'dynamodb:LeadingKeys': 'false' } };
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['dynamodb:GetItem'], resources: [tableArn], conditions }));
    return { TABLE_NAME: tableName };
  }
}

/** What functions are told of limits, of single callers as well. */
function limitsOf({ limits, callers }: Pick<StageSettings, 'limits' | 'callers'>): Limits {
  return callers.length === 0 ? limits : { ...limits, callers: [...callers] };
}
