import { settingsOf } from '../caller/caller-settings.ts';
import type { DailyLimits } from '../job/quota.ts';
import type { SendRules } from './check-request.ts';

/** The rules for one caller: those of the stage, and the signatures that the stage allows it. */
export function rulesFor(rules: SendRules, caller: string): SendRules {
  const signatures = settingsOf(rules.limits.callers, caller)?.signatures;
  return signatures === undefined ? rules : { ...rules, limits: { ...rules.limits, signatures } };
}

/** The limits of a day for a request of this caller: that of all callers together, and its own. Days are those of the provider's zone. */
export function dailyLimitsOf({ limits, providerZone }: Pick<SendRules, 'limits' | 'providerZone'>, caller: string): DailyLimits {
  const own = settingsOf(limits.callers, caller)?.dailyRecipients;
  return {
    zone: providerZone,
    limits: [
      ...(limits.maxRecipientsPerDay === null ? [] : [{ recipients: limits.maxRecipientsPerDay }]),
      ...(own === undefined ? [] : [{ caller, recipients: own }]),
    ],
  };
}
