import type { MiniStack } from './ministack.ts';

/** Asks a service of the emulated account in its own way of calling. */
async function ask({ address, environment }: MiniStack, region: string, service: string, path: string, init: RequestInit): Promise<string> {
  const { AWS_ACCESS_KEY_ID: id } = environment(region);
  // It reads service, region and account out of this and checks no signature.
  const authorization = `AWS4-HMAC-SHA256 Credential=${id}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const response = await fetch(`${address}${path}`, { ...init, headers: { authorization, ...init.headers } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${path}: ${response.status} ${text.slice(0, 300)}`);
  return text;
}

const json = (target: string, version: string): RequestInit => ({
  method: 'POST',
  headers: { 'x-amz-target': target, 'content-type': `application/x-amz-json-${version}` },
  body: '{}',
});
const query = (action: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: `Action=${action}&Version=2010-05-08`,
});

/** How each kind of resource is listed, and where its names stand in the answer. */
const listings: Record<string, [service: string, path: string, init: RequestInit, names: RegExp]> = {
  table: ['dynamodb', '/', json('DynamoDB_20120810.ListTables', '1.0'), /"([\w.-]+)"/g],
  queue: ['sqs', '/', json('AmazonSQS.ListQueues', '1.0'), /\/([\w-]+)"/g],
  bucket: ['s3', '/', {}, /<Name>([^<]+)<\/Name>/g],
  secret: ['secretsmanager', '/', json('secretsmanager.ListSecrets', '1.1'), /"Name": ?"([^"]+)"/g],
  'log group': ['logs', '/', json('Logs_20140328.DescribeLogGroups', '1.1'), /"logGroupName": ?"([^"]+)"/g],
  function: ['lambda', '/2015-03-31/functions', {}, /"FunctionName": ?"([^"]+)"/g],
  role: ['iam', '/', query('ListRoles'), /<RoleName>([^<]+)<\/RoleName>/g],
  api: ['apigateway', '/restapis', {}, /"name": ?"([^"]+)"/g],
  bus: ['events', '/', json('AWSEvents.ListEventBuses', '1.1'), /"Name": ?"([^"]+)"/g],
  'schedule group': ['scheduler', '/schedule-groups', {}, /"Name": ?"([^"]+)"/g],
};

/** Everything in a region that a stack may have made, as `kind: name`, but for what bootstrapping made. */
export async function resourcesIn(account: MiniStack, region: string): Promise<string[]> {
  const found: string[] = [];
  for (const [kind, [service, path, init, names]] of Object.entries(listings)) {
    const text = await ask(account, region, service, path, init);
    for (const [, name = ''] of text.matchAll(names)) if (/sms/i.test(name)) found.push(`${kind}: ${name}`);
  }
  return found.toSorted();
}
