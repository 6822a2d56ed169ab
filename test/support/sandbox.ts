import { CreateTableCommand, type DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { Ledger, LedgerMessage } from '../../functions/sandbox/ledger.ts';
import type { HttpAnswer, HttpRequest } from '../../functions/shared/asmx-server/http-exchange.ts';
import type { CustomSendCall, CustomSendReturn, Protocol } from '../../functions/shared/customsend/call.ts';
import { readAnswer } from '../../functions/shared/customsend/read-answer.ts';
import { encodeRequest } from '../../functions/shared/customsend/write-request.ts';

export const DIALECT = { confirmed: true, recipientSeparator: ';', fieldSeparator: ',', trailingSeparator: true };

/** Creates the ledger's table, as the stack does, and waits until it can be used: the engine creates it after its answer. */
export async function createLedgerTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  );
  await waitUntilTableExists({ client, minDelay: 0.005, maxDelay: 0.02, maxWaitTime: 10 }, { TableName: name });
}

/** A request as the client writes it, as it reaches the provider. */
export function requestOf(protocol: Protocol, call: Partial<CustomSendCall>): HttpRequest {
  const whole = {
    Token: 't',
    Pattern: '【签】{0}您好',
    DefaultDetail: '客户',
    Details: '',
    Phones: '',
    SmsType: 1,
    PostFixNumber: '',
    SendTime: '',
  };
  const { method, path, headers, body } = encodeRequest(protocol, { ...whole, ...call }, new URL('http://h/Services.asmx'));
  const [address = '', query = ''] = path.split('?');
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    method,
    path: address.slice('/Services.asmx'.length),
    query,
    headers: Object.fromEntries(lowered),
    body: Buffer.from(body ?? ''),
  };
}

/** The ROOT of an answer. @throws Error for an answer without one. */
export function rootOf({ headers, body }: HttpAnswer): CustomSendReturn {
  const content = readAnswer(headers['Content-Type'], Buffer.from(body as string));
  if (content.kind !== 'root') throw new Error(`The answer is ${content.kind}`);
  return content.root;
}

/** The whole ledger, page by page. */
export async function readAll(ledger: Ledger, limit = 1_000, phone?: string): Promise<LedgerMessage[]> {
  const all: LedgerMessage[] = [];
  let cursor: string | undefined;
  do {
    const page = await ledger.read({ limit, phone, cursor });
    all.push(...page.messages);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return all;
}
