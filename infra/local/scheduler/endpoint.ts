import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { splitTarget } from '../api-gateway/proxy-event.ts';
import { openPort, type Port } from '../aws-endpoint/port.ts';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import type { Schedules } from './schedules.ts';

/** EventBridge Scheduler's REST JSON, of the operations that are known on one machine. */
export async function serveScheduler(schedules: Schedules): Promise<Port> {
  const port = await openPort(0, 'Scheduler');
  port.serve(async (request, response) => {
    try {
      const answer = await answerTo(request, schedules);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const headers = { 'Content-Type': 'application/json', 'x-amzn-ErrorType': error.name };
      response.writeHead(error.status, headers).end(JSON.stringify({ Message: error.message }));
    }
  });
  return port;
}

async function answerTo(request: IncomingMessage, schedules: Schedules): Promise<object> {
  const { method = '' } = request;
  const [path, query] = splitTarget(request.url ?? '/');
  const [, kind = '', segment] = /^\/(schedules|schedule-groups)(?:\/([^/]+))?$/.exec(path) ?? [];
  const parameters = new URLSearchParams(query);
  // Names have no characters that are escaped: one that is escaped is none.
  const named = segment === undefined ? {} : { Name: segment };
  const asked = { ...named, ...of(parameters, { GroupName: 'groupName', ClientToken: 'clientToken' }) };
  switch (`${method} ${kind}${segment === undefined ? '' : '/'}`) {
    case 'POST schedules/':
      return schedules.create({ ...(await bodyOf(request)), ...named });
    case 'PUT schedules/':
      return schedules.update({ ...(await bodyOf(request)), ...named });
    case 'GET schedules/':
      return schedules.get(asked);
    case 'DELETE schedules/':
      return schedules.delete(asked);
    case 'GET schedules':
      return schedules.list(
        of(parameters, {
          GroupName: 'ScheduleGroup',
          NamePrefix: 'NamePrefix',
          State: 'State',
          MaxResults: 'MaxResults',
          NextToken: 'NextToken',
        }),
      );
    case 'POST schedule-groups/':
      return schedules.createGroup({ ...(await bodyOf(request)), ...named });
    case 'GET schedule-groups/':
      return schedules.getGroup(named);
    default:
      throw new ServiceError('UnknownOperationException', `${method} ${path} is not known on one machine.`, 404);
  }
}

async function bodyOf(request: IncomingMessage): Promise<object> {
  try {
    return Object(await json(request));
  } catch {
    throw new ServiceError('ValidationException', 'The body is no JSON.');
  }
}

/** The parameters that are there, under the names of the API's members. */
function of(parameters: URLSearchParams, names: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, inQuery]) => {
      const value = parameters.get(inQuery);
      return value === null ? [] : [[name, value]];
    }),
  );
}
