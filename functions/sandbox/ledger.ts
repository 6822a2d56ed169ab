import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type DynamoDBClient, PutItemCommand, paginateQuery, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { SentMessage } from './take-call.ts';

/** A message in the ledger. `at`: when it was accepted (RFC 3339, UTC); `sendTime`: the call's SendTime to the content. */
export interface LedgerMessage extends SentMessage {
  at: string;
  sendTime: string;
}

/** Messages in the order of acceptance. A page may hold fewer than the limit, even none: only `next: null` is the end. */
export interface LedgerPage {
  messages: LedgerMessage[];
  next: string | null;
}

export interface Ledger {
  /** Keeps all messages of one call or, should it die half-way, none. */
  write(messages: readonly SentMessage[], at: Date, sendTime: string): Promise<void>;
  /** @throws {RangeError} when the cursor is none of ours. */
  read(page: { phone?: string | undefined; limit: number; cursor?: string | undefined }): Promise<LedgerPage>;
}

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** An item may have 400 KB. */
const PART_BYTES = 350 * 1024;

/** What one page may cost: its queries, each for more calls than the one before, since a call may hold one message or thousands. */
const CALLS_PER_QUERY = [2, 8, 32, 128, 512, 2_048];

const LEDGER = 'LEDGER';

/**
 * The ledger in a table of its own: partition key `pk`, sort key `sk`, both strings.
 *
 * ```
 * pk           sk              holds
 * LEDGER       <time>#<call>   one call: `messages`, the gzipped JSON of LedgerMessage[], or how many `parts` hold it
 * CALL#<call>  <part>          a slice of the same, when it is too large for one item; written before the call's own item
 * ```
 * What has no item under LEDGER does not count, so a call is there as a whole or not at all.
 */
export function createLedger(client: DynamoDBClient, tableName: string): Ledger {
  const put = (item: Record<string, unknown>) => client.send(new PutItemCommand({ TableName: tableName, Item: marshall(item) }));

  return {
    async write(messages, at, sendTime) {
      const call = randomUUID();
      const time = at.toISOString();
      const content = await compress(JSON.stringify(messages.map((message) => ({ ...message, at: time, sendTime }))));
      const key = { pk: LEDGER, sk: `${time}#${call}` };
      if (content.length <= PART_BYTES) {
        await put({ ...key, messages: content });
        return;
      }
      const slices = slicesOf(content);
      for (const [part, slice] of slices.entries()) await put({ pk: `CALL#${call}`, sk: String(part).padStart(4, '0'), slice });
      await put({ ...key, parts: slices.length });
    },

    async read({ phone, limit, cursor }) {
      let from = cursor === undefined ? { sk: ' ', index: 0 } : readCursor(cursor);
      const messages: LedgerMessage[] = [];
      for (const calls of CALLS_PER_QUERY) {
        const { Items = [], LastEvaluatedKey } = await client.send(queryFrom(tableName, from.sk, calls));
        for (const item of Items.map((attributes) => unmarshall(attributes))) {
          const call = await readCall(client, tableName, item);
          for (let index = item.sk === from.sk ? from.index : 0; index < call.length; index++) {
            if (messages.length === limit) return { messages, next: writeCursor({ sk: item.sk, index }) };
            const message = call[index] as LedgerMessage;
            if (phone === undefined || message.phone === phone) messages.push(message);
          }
        }
        if (!LastEvaluatedKey) return { messages, next: null };
        from = { sk: unmarshall(LastEvaluatedKey).sk, index: Number.POSITIVE_INFINITY };
      }
      return { messages, next: writeCursor(from) };
    },
  };
}

function slicesOf(content: Buffer): Buffer[] {
  const count = Math.ceil(content.length / PART_BYTES);
  return Array.from({ length: count }, (_, part) => content.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
}

function queryFrom(tableName: string, sk: string, calls: number): QueryCommand {
  return new QueryCommand({
    TableName: tableName,
    Limit: calls,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk AND sk >= :sk',
    ExpressionAttributeValues: marshall({ ':pk': LEDGER, ':sk': sk }),
  });
}

async function readCall(client: DynamoDBClient, tableName: string, item: Record<string, unknown>): Promise<LedgerMessage[]> {
  const content = (item.messages as Uint8Array | undefined) ?? (await readParts(client, tableName, String(item.sk)));
  return JSON.parse((await decompress(content)).toString()) as LedgerMessage[];
}

async function readParts(client: DynamoDBClient, tableName: string, sk: string): Promise<Buffer> {
  const slices: Uint8Array[] = [];
  const query = {
    TableName: tableName,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: marshall({ ':pk': `CALL#${sk.slice(sk.indexOf('#') + 1)}` }),
  };
  for await (const { Items = [] } of paginateQuery({ client }, query)) slices.push(...Items.map((part) => unmarshall(part).slice));
  return Buffer.concat(slices);
}

/** The next message to look at: the key of its call, and its position in it; infinite when the call is done. */
interface Position {
  sk: string;
  index: number;
}

function writeCursor({ sk, index }: Position): string {
  return Buffer.from(`${sk}|${index}`).toString('base64url');
}

function readCursor(cursor: string): Position {
  const parts = /^([^|]+)\|(\d+|Infinity)$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!parts) throw new RangeError('The cursor is not one of this ledger.');
  return { sk: parts[1] as string, index: Number(parts[2]) };
}
