import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { INDEXES } from '../functions/shared/dynamodb/keys.ts';
import type { jobEnv } from '../functions/shared/env/env.ts';
import type { EventsQueue } from './events-queue.ts';
import type { StageSettings } from './stages.ts';

/** What every table of the stack is: on demand, encrypted, recoverable to the second, expiring by `expiresAt`. */
export function tableProps({ removal }: StageSettings) {
  return {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    timeToLiveAttribute: 'expiresAt',
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: TableEncryption.AWS_MANAGED,
    removalPolicy: removal,
  };
}

/** The type of each index's sort key: due times are compared as numbers, the others as the text of a time. */
const sortTypes: Record<(typeof INDEXES)[keyof typeof INDEXES]['sort'], AttributeType> = {
  wakeAt: AttributeType.NUMBER,
  createdAt: AttributeType.STRING,
};

/** The one table of jobs, batches, payloads and idempotency keys. */
export class JobTable extends Construct {
  readonly #table: Table;
  readonly #settings: StageSettings;
  readonly #eventsQueue: EventsQueue;

  constructor(scope: Construct, id: string, settings: StageSettings, eventsQueue: EventsQueue) {
    super(scope, id);
    this.#settings = settings;
    this.#eventsQueue = eventsQueue;
    this.#table = new Table(this, 'Table', { ...tableProps(settings), deletionProtection: settings.removal === RemovalPolicy.RETAIN });
    for (const { name, partition, sort } of Object.values(INDEXES)) {
      this.#table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: partition, type: AttributeType.STRING },
        sortKey: { name: sort, type: sortTypes[sort] },
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }
  }

  get name(): string {
    return this.#table.tableName;
  }

  /**
   * What a function needs that works on jobs. Reads, conditional writes, and queries of the table and its indexes by name: no scan, no
   * delete. And the eventsQueue that follow from what it writes.
   */
  grantReadWrite({ grantPrincipal }: IGrantable): Record<keyof typeof jobEnv, string> {
    const { tableArn, tableName } = this.#table;
    const indexArns = Object.values(INDEXES).map(({ name }) => `${tableArn}/index/${name}`);
    const actions = ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query'].map((action) => `dynamodb:${action}`);
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [tableArn] }));
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['dynamodb:Query'], resources: indexArns }));
    const { name, limits, events } = this.#settings;
    const settings = { LIMITS: JSON.stringify(limits), STAGE: name, PUBLISH_EVENTS: events.publish ? 'yes' : 'no' };
    return { ...this.#eventsQueue.grantSendEvents({ grantPrincipal }), TABLE_NAME: tableName, ...settings };
  }
}
