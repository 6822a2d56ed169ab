import { settingsOf } from '../caller/caller-settings.ts';
import type { SendRules } from './check-request.ts';

/** The rules for one caller: those of the stage, and the signatures that the stage allows it. */
export function rulesFor(rules: SendRules, caller: string): SendRules {
  const signatures = settingsOf(rules.limits.callers, caller)?.signatures;
  return signatures === undefined ? rules : { ...rules, limits: { ...rules.limits, signatures } };
}
