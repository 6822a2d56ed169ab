import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { openPort, type Port } from '../aws-endpoint/port.ts';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import { ACCOUNT } from '../cloudformation/template.ts';
import type { Buses } from './buses.ts';

const OPERATIONS = ['PutEvents', 'PutRule', 'PutTargets', 'RemoveTargets', 'DeleteRule', 'ListRules', 'ListTargetsByRule'] as const;

/** EventBridge's JSON 1.1, of the operations that are known on one machine. */
export async function serveEventBridge(buses: Buses): Promise<Port> {
  const port = await openPort(0, 'EventBridge');
  port.serve(async (request, response) => {
    const [status, body] = await answerTo(request, buses);
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  return port;
}

async function answerTo(request: IncomingMessage, buses: Buses): Promise<[status: number, body: object]> {
  const target = String(request.headers['x-amz-target']);
  try {
    const operation = OPERATIONS.find((one) => target === `AWSEvents.${one}`);
    if (!operation) throw new ServiceError('UnknownOperationException', `${target} is not known on one machine.`);
    const body = Object(await json(request).catch(() => undefined)) as object;
    return [200, buses[operation](body, accountOf(request))];
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return [error.status, { __type: error.name, message: error.message }];
  }
}

/** An access key of twelve digits stands for a caller from that account. */
function accountOf({ headers }: IncomingMessage): string {
  return /Credential=(\d{12})\//.exec(headers.authorization ?? '')?.[1] ?? ACCOUNT;
}
