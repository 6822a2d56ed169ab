import { RemovalPolicy } from 'aws-cdk-lib';
import type { StageSettings } from '../../stage-settings.ts';
import { dev } from '../../stages.ts';
import type { LocalSettings } from '../settings.ts';
import { PROVIDER } from './template.ts';

/** The stage of one machine: open on 127.0.0.1, with the sandbox behind a front that carries out the scenarios of connections. */
export function localStage(settings: LocalSettings): StageSettings {
  return {
    ...dev,
    name: 'local',
    authorization: 'none',
    // Its folder is deleted by hand, and this machine has no quota.
    removal: RemovalPolicy.RETAIN,
    concurrency: { ...dev.concurrency, available: 1_000_000 },
    sandbox: 'carry-out',
    events: { sources: settings.EVENT_SOURCES.map((source) => ({ source, owner: 'local' })), deliveries: [], publish: true },
    asmx: {
      tokens: settings.ASMX_TOKENS === 'own' ? 'own' : { passThroughFor: 'local' },
      repeatWindowSeconds: settings.ASMX_REPEAT_WINDOW,
      allowFrom: 'open',
      loadBalancer: null,
    },
    limits: {
      ...dev.limits,
      maxConcurrentCalls: settings.MAX_CONCURRENT_CALLS ?? dev.limits.maxConcurrentCalls,
      callsPerSecond: settings.CALLS_PER_SECOND ?? null,
      callsPerJob: settings.CALLS_PER_JOB ?? dev.limits.callsPerJob,
      phonesPerCall: settings.PHONES_PER_CALL ?? dev.limits.phonesPerCall,
      maxRecipientsPerDay: settings.MAX_RECIPIENTS_PER_DAY ?? null,
      allowedPhones: settings.ALLOWED_PHONES ?? null,
      quietHours: settings.QUIET_HOURS ?? [],
    },
    dialect: { ...dev.dialect, confirmed: settings.DIALECT === 'confirmed' },
    provider: {
      ...dev.provider,
      url: PROVIDER,
      plainHttp: true,
      protocol: settings.PROVIDER_PROTOCOL ?? dev.provider.protocol,
      timeoutMs: settings.PROVIDER_TIMEOUT_MS ?? dev.provider.timeoutMs,
    },
  };
}
