import { RemovalPolicy } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StageSettings } from './stage-settings.ts';

/** The documented guess of provider.md; it serves the sandbox, and a real provider once someone has tried it there. */
const guessedDialect = { recipientSeparator: ';', fieldSeparator: ',', trailingSeparator: true } as const;

/** The sandbox behind its own API. Nothing outlives the stack. */
export const dev: StageSettings = {
  name: 'dev',
  production: false,
  provider: {
    url: 'sandbox',
    protocol: 'http-post',
    connectTimeoutMs: 3_000,
    timeoutMs: 20_000,
    notSentStatuses: [],
    timeZone: 'Asia/Shanghai',
  },
  sandbox: 'refuse',
  dialect: { ...guessedDialect, confirmed: true },
  limits: {
    phonesPerCall: 500,
    callsPerJob: 10_000,
    charactersPerMessage: 500,
    requestBytes: 4 * 1024 * 1024,
    maxConcurrentCalls: 4,
    callsPerSecond: null,
    maxRecipientsPerDay: null,
    allowedPhones: null,
    retentionDays: 30,
    quietHours: [],
  },
  events: { sources: [], deliveries: [], publish: true },
  authorization: 'iam',
  jwt: null,
  callers: [],
  otherAccounts: [],
  // Its routes are unsigned, so a stage has it only with addresses that may reach it.
  asmx: null,
  throttle: { requestsPerSecond: 20, burst: 40 },
  longestWaitSeconds: 20,
  concurrency: { available: 1_000, reserve: false, requests: 5, events: 10, files: 5, dropIn: 20 },
  region: null,
  network: null,
  domain: null,
  webAclArn: null,
  keyArn: null,
  architecture: Architecture.ARM_64,
  removal: RemovalPolicy.DESTROY,
  protected: false,
  logRetention: RetentionDays.ONE_MONTH,
};

/**
 * The real provider. Its dialect is unconfirmed, so only patterns without fields and the strings form are taken until it is. Set
 * `protected` once its first deploy has succeeded.
 */
export const prod: StageSettings = {
  ...dev,
  name: 'prod',
  production: true,
  provider: { ...dev.provider, url: 'http://www.mxtong.net.cn/Services.asmx', plainHttp: true },
  sandbox: 'none',
  dialect: { ...guessedDialect, confirmed: false },
  limits: { ...dev.limits, retentionDays: 180 },
  throttle: { requestsPerSecond: 100, burst: 200 },
  longestWaitSeconds: 5,
  concurrency: { ...dev.concurrency, reserve: true },
  removal: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  logRetention: RetentionDays.SIX_MONTHS,
};

/** The same in China (Ningxia). Only routes with IAM authorisation work there without an ICP licence, so it has no drop-in endpoint. */
export const cn: StageSettings = {
  ...prod,
  name: 'cn',
  region: 'cn-northwest-1',
  // Functions on arm64 are not established there.
  architecture: Architecture.X86_64,
};
