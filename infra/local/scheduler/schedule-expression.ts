import { momentsOf, zoneProblem } from '../../../functions/shared/quiet-hours/zone.ts';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import { type Next, parseCron } from './cron.ts';

/** When a schedule fires. */
export interface Expression {
  kind: 'at' | 'rate' | 'cron';
  next: Next;
}

const units: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads the expression of a schedule.
 * @param anchor epoch milliseconds: a rate fires then for the first time, and after that by elapsed time, whatever clocks show
 * @throws ServiceError ValidationException for what EventBridge Scheduler would refuse
 */
export function parseExpression(text: string, zone: string, anchor: number): Expression {
  const wrongZone = zoneProblem(zone);
  if (wrongZone) throw new ServiceError('ValidationException', `The timezone ${zone} specified is not valid. ${wrongZone}`);
  const [, kind, inner = ''] = /^(at|rate|cron)\((.*)\)$/.exec(text) ?? [];
  switch (kind) {
    case 'at': {
      const at = momentOf(inner, zone);
      if (at === undefined) throw invalid(text);
      return { kind, next: (after) => (at > after ? at : undefined) };
    }
    case 'rate': {
      const [, count, unit = ''] = /^([1-9]\d{0,9}) (minute|hour|day)s?$/.exec(inner) ?? [];
      if (!count) throw invalid(text);
      const every = Number(count) * (units[unit] as number);
      return { kind, next: (after) => anchor + Math.max(0, Math.floor((after - anchor) / every) + 1) * every };
    }
    case 'cron':
      return { kind, next: parseCron(inner, zone) };
    default:
      throw invalid(text);
  }
}

/** A time without fractions in a zone. One that the zone skips is none; of one that it repeats it is the first. */
function momentOf(text: string, zone: string): number | undefined {
  const wall = Date.parse(`${text}Z`);
  const exact = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) && !Number.isNaN(wall) && new Date(wall).toISOString().startsWith(text);
  return exact ? momentsOf(zone, wall)[0] : undefined;
}

function invalid(text: string): ServiceError {
  return new ServiceError('ValidationException', `Invalid Schedule Expression ${text}.`);
}
