import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { openPort, type Port } from '../aws-endpoint/port.ts';

/** Secrets Manager of one operation, GetSecretValue, in the JSON 1.1 protocol. @param secrets text by ARN */
export async function startSecretsManager(secrets: ReadonlyMap<string, string>): Promise<Port> {
  const port = await openPort(0, 'Secrets Manager');
  port.serve(async (request, response) => {
    const [status, body] = await answer(request, secrets);
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  return port;
}

async function answer(request: IncomingMessage, secrets: ReadonlyMap<string, string>): Promise<[status: number, body: object]> {
  const operation = request.headers['x-amz-target'];
  if (operation !== 'secretsmanager.GetSecretValue') {
    return [400, { __type: 'UnknownOperationException', message: `${operation} is not known on one machine` }];
  }
  const { SecretId } = (await json(request)) as { SecretId: string };
  const SecretString = secrets.get(SecretId);
  if (SecretString === undefined) {
    return [400, { __type: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret." }];
  }
  return [200, { ARN: SecretId, Name: SecretId.split(':').at(-1), SecretString, VersionId: 'local', VersionStages: ['AWSCURRENT'] }];
}
