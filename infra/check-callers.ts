import * as z from 'zod/mini';
import { callerSettingsSchema } from '../functions/shared/caller/caller-settings.ts';
import { jwtSettingsSchema } from '../functions/shared/caller/jwt-settings.ts';
import { signingPrincipal } from '../functions/shared/caller/principal.ts';
import { isLoopback } from './loopback.ts';
import type { StageSettings } from './stage-settings.ts';

/** Bytes of the list of callers in the environment of a function, which holds 4 KB in all. */
const LONGEST_LIST = 2_000;

/** How principals of each kind of authorization begin. Callers by event are known in every stage. */
const KINDS = { iam: 'arn:', key: 'key:', jwt: 'jwt:', none: 'event:' } as const;

/** @returns what is wrong with how callers are known and what they may do, as `setting: what` */
export function checkCallers(settings: StageSettings): string[] {
  return [...checkTokens(settings), ...checkList(settings), ...checkOtherAccounts(settings)];
}

function checkTokens({ authorization, jwt }: StageSettings): string[] {
  if (authorization !== 'jwt') return jwt === null ? [] : ['jwt: tokens are looked at only with authorization: jwt'];
  if (jwt === null) return ['jwt: authorization: jwt needs an issuer and an audience'];
  const parsed = z.safeParse(jwtSettingsSchema, jwt);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${['jwt', ...path].join('.')}: ${message}`);
  return new URL(jwt.issuer).protocol === 'https:' || isLoopback(jwt.issuer) ? [] : [`jwt.issuer: ${jwt.issuer} is not https`];
}

function checkList({ authorization, callers }: StageSettings): string[] {
  const names = callers.map(({ principal }) => signingPrincipal(principal));
  const size = Buffer.byteLength(JSON.stringify(callers));
  return [
    ...callers.flatMap((caller, index) => {
      const setting = `callers[${index}]`;
      const parsed = z.safeParse(callerSettingsSchema, caller);
      if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${[setting, ...path].join('.')}: ${message}`);
      const { principal, scopes } = caller;
      const isEvent = principal.startsWith('event:');
      return [
        ...(isEvent || principal.startsWith(KINDS[authorization])
          ? []
          : [`${setting}.principal: no caller has this name with authorization: ${authorization}`]),
        ...(isEvent && scopes.join() !== 'send' ? [`${setting}.scopes: an event can only send`] : []),
        ...(names.indexOf(names[index] ?? '') === index ? [] : [`${setting}.principal: ${principal} stands twice, a role's path left out`]),
      ];
    }),
    ...(size > LONGEST_LIST ? [`callers: ${size} bytes, and the environment of a function has room for ${LONGEST_LIST}`] : []),
  ];
}

function checkOtherAccounts({ authorization, otherAccounts }: StageSettings): string[] {
  if (otherAccounts.length > 0 && authorization !== 'iam') return ['otherAccounts: other accounts call with authorization: iam only'];
  return otherAccounts.flatMap((one, index) =>
    /^(\d{12}|arn:[^:]+:iam::\d{12}:(user|role|root)\S*)$/.test(one)
      ? []
      : [`otherAccounts[${index}]: ${one} is neither 12 digits nor the ARN of a principal`],
  );
}
