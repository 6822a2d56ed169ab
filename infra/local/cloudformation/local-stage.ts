import { RemovalPolicy } from 'aws-cdk-lib';
import { SCOPES } from '../../../functions/shared/caller/scopes.ts';
import type { StageSettings } from '../../stage-settings.ts';
import { dev } from '../../stages.ts';
import { LOCAL_USER, type LocalSettings } from '../settings.ts';
import { PROVIDER } from './template.ts';

/** The caller over HTTPS that owns the jobs of events and of the drop-in endpoint. */
const OWNERS = { none: 'local', iam: LOCAL_USER, key: 'key:local', jwt: 'jwt:local' } as const;

/** The stage of one machine: open on 127.0.0.1 unless AUTH is set, with the sandbox behind a front that carries out the scenarios of connections. */
export function localStage(settings: LocalSettings): StageSettings {
  return {
    ...dev,
    name: 'local',
    authorization: settings.AUTH,
    jwt: settings.AUTH === 'jwt' ? { issuer: settings.JWT_ISSUER ?? '', audience: settings.JWT_AUDIENCE ?? '' } : null,
    callers: settings.CALLERS ?? (settings.AUTH === 'iam' ? [{ principal: LOCAL_USER, scopes: [...SCOPES] }] : []),
    // Its folder is deleted by hand, and this machine has no quota.
    removal: RemovalPolicy.RETAIN,
    concurrency: { ...dev.concurrency, available: 1_000_000 },
    sandbox: 'carry-out',
    events: { sources: settings.EVENT_SOURCES.map((source) => ({ source, owner: OWNERS[settings.AUTH] })), deliveries: [], publish: true },
    asmx: {
      tokens: settings.ASMX_TOKENS === 'own' ? 'own' : { passThroughFor: OWNERS[settings.AUTH] },
      repeatWindowSeconds: settings.ASMX_REPEAT_WINDOW,
      allowFrom: settings.AUTH === 'none' ? 'open' : { ipRanges: ['127.0.0.1/32'] },
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
