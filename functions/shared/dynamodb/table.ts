import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { createSdkClient } from '../sdk-client.ts';
import { type Change, type Condition, toExpressions } from './conditions.ts';
import { INDEXES, type Key } from './keys.ts';

/** A page of an index: keys of items, and where the next page starts. */
export interface KeyPage {
  keys: Key[];
  next: Record<string, unknown> | undefined;
}

/** What is asked of an index: one partition, a range of its sort key, an order and a key to go on from. */
export interface IndexQuery {
  index: keyof typeof INDEXES;
  partition: string;
  /** From this value of the sort key on, with `upTo`. */
  atLeast?: string;
  upTo?: string | number;
  newestFirst?: boolean;
  limit: number;
  from?: Record<string, unknown>;
}

/** Keys that BatchGetItem takes. It answers fewer when a partition is throttled: what is left is asked for again, this often at most. */
const KEYS_A_REQUEST = 100;
const FRUITLESS_ROUNDS = 8;
/** Between two rounds that brought nothing (milliseconds): a random part of this, twice as much each time. */
const FIRST_PAUSE = 25;
const LONGEST_PAUSE = 1_000;
/** A store that hangs must not eat the lease of a batch (milliseconds). */
const REQUEST_TIMEOUT = 2_000;

function backOff(round: number): Promise<unknown> {
  return sleep(Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** round));
}

const toAttributes = (item: object) => marshall(item, { removeUndefinedValues: true });

/**
 * The table of jobs: single conditional writes and consistent reads, nothing else. A failed condition is an answer (`false`,
 * `undefined`), not an error; every other failure of DynamoDB is thrown. The answer to a write can be lost after it was applied,
 * and the SDK's own retry then reports a failed condition: callers look for their own random id in the item.
 */
export class Table {
  readonly name: string;
  private made: DynamoDBClient | undefined;
  private readonly pause: (round: number) => Promise<unknown>;

  /**
   * @param client made with the first request unless one is given: a cold start waits for what it needs only
   * @param pause how long keys rest that a throttled partition left unanswered, by the round
   */
  constructor(name: string, client?: DynamoDBClient, pause = backOff) {
    this.name = name;
    this.made = client;
    this.pause = pause;
  }

  private get client(): DynamoDBClient {
    this.made ??= createSdkClient(DynamoDBClient, REQUEST_TIMEOUT);
    return this.made;
  }

  /** One item, read consistently. */
  async get<Item>(key: Key): Promise<Item | undefined> {
    const { Item: found } = await this.client.send(
      new GetItemCommand({ TableName: this.name, Key: toAttributes(key), ConsistentRead: true }),
    );
    return found && (unmarshall(found) as Item);
  }

  /** Items, read consistently, in no order; absent ones are left out. @throws Error when a throttled partition keeps some back */
  async getMany<Item>(keys: readonly Key[]): Promise<Item[]> {
    const items: Item[] = [];
    const wanted: Record<string, AttributeValue>[] = keys.map(toAttributes);
    for (let fruitless = 0; wanted.length > 0; ) {
      const Keys = wanted.splice(0, KEYS_A_REQUEST);
      const answer = await this.client.send(new BatchGetItemCommand({ RequestItems: { [this.name]: { Keys, ConsistentRead: true } } }));
      items.push(...(answer.Responses?.[this.name] ?? []).map((item) => unmarshall(item) as Item));
      const left = answer.UnprocessedKeys?.[this.name]?.Keys ?? [];
      if (left.length === 0) continue;
      wanted.push(...left);
      fruitless = left.length < Keys.length ? 0 : fruitless + 1;
      if (fruitless === FRUITLESS_ROUNDS) throw new Error(`DynamoDB kept ${wanted.length} items back: the table is throttled.`);
      await this.pause(fruitless);
    }
    return items;
  }

  /** Writes a whole item if every condition holds. */
  async put<Item extends Key>(item: Item, conditions: readonly Condition[] = []): Promise<boolean> {
    const { condition, names, values } = toExpressions(conditions);
    const command = new PutItemCommand({
      TableName: this.name,
      Item: toAttributes(item),
      ConditionExpression: condition,
      ExpressionAttributeNames: names as Record<string, string> | undefined,
      ExpressionAttributeValues: values && toAttributes(values),
    });
    return (await this.unlessConditionFailed(() => this.client.send(command))) !== undefined;
  }

  /** Changes an item if every condition holds and answers the new item, or `undefined` when one does not. */
  async update<Item>(key: Key, change: Change, conditions: readonly Condition[]): Promise<Item | undefined> {
    const { condition, update, names, values } = toExpressions(conditions, change);
    const command = new UpdateItemCommand({
      TableName: this.name,
      Key: toAttributes(key),
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: names as Record<string, string> | undefined,
      ExpressionAttributeValues: values && toAttributes(values),
      ReturnValues: 'ALL_NEW',
    });
    const answer = await this.unlessConditionFailed(() => this.client.send(command));
    return answer && (unmarshall(answer.Attributes ?? {}) as Item);
  }

  /** All items of a partition whose sort key lies in the range (both ends included), read consistently, in order. */
  async range<Item>(pk: string, from: string, to: string): Promise<Item[]> {
    const items: Item[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.name,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
          ExpressionAttributeValues: toAttributes({ ':pk': pk, ':from': from, ':to': to }),
          ExclusiveStartKey: start,
        }),
      );
      items.push(...(page.Items ?? []).map((item) => unmarshall(item) as Item));
      start = page.LastEvaluatedKey;
    } while (start);
    return items;
  }

  /** A page of keys from an index. Indexes lag behind the table: read the items before deciding anything. */
  async keys(query: IndexQuery): Promise<KeyPage> {
    const { entries, next } = await this.entries<Key>(query);
    return { keys: entries.map(({ pk, sk }) => ({ pk, sk })), next };
  }

  /** The same with everything that the index holds. */
  async entries<Entry extends Key>(query: IndexQuery): Promise<{ entries: Entry[]; next: Record<string, unknown> | undefined }> {
    const { name, partition, sort } = INDEXES[query.index];
    const bounds = query.upTo === undefined ? '' : query.atLeast === undefined ? ' AND #s <= :s' : ' AND #s BETWEEN :f AND :s';
    const page = await this.client.send(
      new QueryCommand({
        TableName: this.name,
        IndexName: name,
        KeyConditionExpression: `#p = :p${bounds}`,
        ExpressionAttributeNames: query.upTo === undefined ? { '#p': partition } : { '#p': partition, '#s': sort },
        ExpressionAttributeValues: toAttributes({ ':p': query.partition, ':s': query.upTo, ':f': query.atLeast }),
        ScanIndexForward: !query.newestFirst,
        Limit: query.limit,
        ExclusiveStartKey: query.from && toAttributes(query.from),
      }),
    );
    const entries = (page.Items ?? []).map((item) => unmarshall(item) as Entry);
    return { entries, next: page.LastEvaluatedKey && unmarshall(page.LastEvaluatedKey) };
  }

  private async unlessConditionFailed<Answer>(write: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await write();
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }
}
