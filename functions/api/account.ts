import * as z from 'zod/mini';
import { readDay } from '../shared/job/quota.ts';
import { readSwitch, type Scope, type Switch, setSwitch } from '../shared/job/switches.ts';
import type { Api } from './api-deps.ts';
import { type ApiRequest, callerAskedFor } from './api-request.ts';
import { parseBody } from './json-body.ts';
import { json } from './responses.ts';

/** Stops or starts dispatching. */
export const switchSchema = z.strictObject({
  paused: z.boolean(),
  why: z.optional(z.string().check(z.maxLength(500))),
});

/** `GET /v1/account`: the caller, whether its jobs are dispatched, and what is left of today. */
export async function getAccount({ context, rules }: Api, { caller, scopes }: ApiRequest) {
  const [all, own, day] = await Promise.all([
    readSwitch(context, 'all'),
    readSwitch(context, scopeOf(caller)),
    readDay(context, rules.providerZone),
  ]);
  const today = { date: day.date, recipients: day.recipients, limit: rules.limits.maxRecipientsPerDay ?? undefined };
  return json(200, 'Account', { caller, scopes: [...scopes], dispatch: switchResource(own), everybody: switchResource(all), today });
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
