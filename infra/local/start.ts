/** `npm start`: the whole stack on this machine, until Ctrl-C. */
import { randomUUID } from 'node:crypto';
import { readSettings } from './settings.ts';
import { type LocalSystem, startLocal } from './system.ts';

try {
  const system = await startLocal(readSettings(process.env), { show: (line) => console.error(line) });
  // Nothing needs closing: acknowledged writes survive even kill -9. Before this a signal ends the process by itself.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
  requestPublication(system);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

function requestPublication(system: LocalSystem): void {
  const { api, sandbox, ledger, eventBridge, scheduler, sqs } = system;
  const body = {
    pattern: '【签名】{0}您好，余额{1}元',
    defaultDetail: ['客户', '0'],
    recipients: ['13800138000', { phone: '13900139000', detail: ['张三', '100'] }],
    smsType: 1,
    postFixNumber: '1',
  };
  console.log(`
API       ${api}    (description: ${api}/openapi.json)
Drop-in   ${api}/Services.asmx    (help page, ?WSDL)${tokensOf(system)}
Provider  ${sandbox}/Services.asmx, the sandbox; what it accepted: ${ledger}
For aws   export AWS_ENDPOINT_URL_EVENTBRIDGE=${eventBridge} AWS_ENDPOINT_URL_SCHEDULER=${scheduler} AWS_ENDPOINT_URL_SQS=${sqs}
Clock     ${api}/local/clock

curl -sS ${api}/v1/jobs -H 'Content-Type: application/json' -H 'Idempotency-Key: ${randomUUID()}' -d '${JSON.stringify(body)}'

Ctrl-C stops it.
READY ${JSON.stringify({ api, sandbox, ledger, eventBridge, scheduler, sqs, pid: process.pid })}`);
}

/** How callers get the first key or token, where they bring this product's own. */
function tokensOf({ functions, dynamoDb }: LocalSystem): string {
  const environments = [...functions.values()].map(({ spec }) => spec.environment);
  const settings = `AWS_ENDPOINT_URL_DYNAMODB=${dynamoDb} AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`;
  const tokens = environments.find(({ ASMX_TOKENS }) => ASMX_TOKENS === 'own')?.TABLE_NAME;
  const keys = environments.find(({ AUTHORIZATION }) => AUTHORIZATION === 'key')?.TABLE_NAME;
  return [
    ...(tokens === undefined ? [] : [`\nTokens    ${settings} npm run token -- make --table ${tokens} --caller local`]),
    ...(keys === undefined ? [] : [`\nKeys      ${settings} npm run key -- make --table ${keys} --caller crm --scopes send,read`]),
  ].join('');
}
