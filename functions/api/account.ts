import * as z from 'zod/mini';
import { type DailyLimits, readDay } from '../shared/job/quota.ts';
import { readSwitch, type Scope, type Switch, setSwitch } from '../shared/job/switches.ts';
import { dayAt } from '../shared/quiet-hours/day.ts';
import { dailyLimitsOf } from '../shared/send-request/caller-rules.ts';
import { storable } from '../shared/send-request/request-schema.ts';
import type { Api } from './api-deps.ts';
import { type ApiRequest, callerAskedFor } from './api-request.ts';
import { parseBody } from './json-body.ts';
import { json } from './responses.ts';

/** Stops or starts dispatching. */
export const switchSchema = z.strictObject({
  paused: z.boolean(),
  why: z.optional(z.string().check(z.maxLength(500), storable)),
});

/** `GET /v1/account`: the caller, whether its jobs are dispatched, and what is left of today. */
export async function getAccount({ context, rules }: Api, { caller, scopes }: ApiRequest) {
  const limits = dailyLimitsOf(rules, caller);
  const [all, own, today] = await Promise.all([
    readSwitch(context, 'all'),
    readSwitch(context, scopeOf(caller)),
    readToday({ context }, limits),
  ]);
  return json(200, 'Account', { caller, scopes: [...scopes], dispatch: switchResource(own), everybody: switchResource(all), today });
}

/** What the day's limits have taken so far. Where there is none nothing is counted, and a count of 0 would be wrong. */
async function readToday({ context }: Pick<Api, 'context'>, { zone, limits }: DailyLimits) {
  const days = await Promise.all(limits.map(({ caller }) => readDay(context, zone, caller)));
  const counted = limits.map(({ caller, recipients: limit }, index) => ({ caller, recipients: days[index]?.recipients ?? 0, limit }));
  const [everybody, own] = [counted.find((one) => one.caller === undefined), counted.find((one) => one.caller !== undefined)];
  return {
    date: dayAt(zone, context.now()),
    recipients: everybody?.recipients,
    limit: everybody?.limit,
    own: own && { recipients: own.recipients, limit: own.limit },
  };
}

/** `PUT /v1/account/dispatch`: for the caller's own jobs, or for those of the caller in the query. */
export async function setOwnDispatch(api: Api, request: ApiRequest) {
  return setDispatch(api, request, scopeOf(callerAskedFor(request)));
}

/** `GET /v1/dispatch` */
export async function getDispatch({ context }: Api) {
  return json(200, 'Switch', switchResource(await readSwitch(context, 'all')));
}

/** `PUT /v1/dispatch`: for the jobs of all callers. */
export async function setAllDispatch(api: Api, request: ApiRequest) {
  return setDispatch(api, request, 'all');
}

async function setDispatch({ context }: Api, request: ApiRequest, scope: Scope) {
  const { paused, why } = parseBody(switchSchema, request);
  return json(200, 'Switch', switchResource(await setSwitch(context, scope, paused, request.caller, why)));
}

function scopeOf(caller: string): Scope {
  return `caller#${caller}`;
}

function switchResource({ paused, by, why, at }: Switch) {
  return { paused, by, why, at: at === undefined ? undefined : new Date(at).toISOString() };
}
