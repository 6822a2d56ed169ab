import { RemovalPolicy } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Protocol } from '../functions/shared/customsend/call.ts';
import type { EventName } from '../functions/shared/event/names.ts';
import type { Dialect, Limits } from '../functions/shared/settings.ts';

/** How a stage reaches its provider. */
export interface ProviderSettings {
  /** Address of its Services.asmx; `sandbox` is the stand-in behind the stage's own API, called with SigV4. */
  readonly url: string;
  /** Says that a plain-http address is a choice: token, texts and phones then travel unencrypted. */
  readonly plainHttp?: boolean;
  readonly protocol: Protocol;
  readonly connectTimeoutMs: number;
  /** For the whole call, from the first byte to the last of the answer. */
  readonly timeoutMs: number;
  /** HTTP statuses that the provider's front guarantees to mean "nothing was sent". */
  readonly notSentStatuses: readonly number[];
  /** IANA zone of the provider's SendTime. */
  readonly timeZone: string;
}

/** Where requests may come from as events of the stage's bus. */
export interface EventSource {
  /** The stage's own unless it says another. */
  readonly account?: string;
  /** `source` of the events; an application chooses its own. */
  readonly source: string;
  /** IAM principal (user or role ARN) that may read, cancel and settle over HTTPS what this source asks for, and whose uploads it may name. */
  readonly owner?: string;
}

/** Events to an HTTPS address outside of AWS. */
export interface DeliverySettings {
  /** Lower case, for names and alarms. */
  readonly name: string;
  readonly url: string;
  /** The header by which the address knows us, and the secret in Secrets Manager that holds its value. */
  readonly header: { readonly name: string; readonly secret: string };
  readonly events: readonly EventName[];
  /** Whose jobs; all callers' without it. */
  readonly callers?: readonly string[];
  /** Requests in a second at most; what is too much waits. */
  readonly perSecond: number;
  /** An event is tried again for so many hours, up to 24. */
  readonly hours: number;
}

/** Who may reach the drop-in endpoint, and by what its callers are known. Its routes ask for no signature. */
export interface AsmxSettings {
  /** `own`: tokens that this product made. Else they are the provider's, go on to it, and the jobs are this caller's: an IAM role or user. */
  readonly tokens: 'own' | { readonly passThroughFor: string };
  /** The same request again, so many seconds after its definite answer, gets that answer; 0 = it is sent again. */
  readonly repeatWindowSeconds: number;
  /** Addresses (CIDR) from which the API lets it be called; `open` only where nothing outside this machine can come. */
  readonly allowFrom: { readonly ipRanges: readonly string[] } | 'open';
  /** Plain HTTP inside a network, for callers that cannot do TLS 1.2; `null`: none. */
  readonly loadBalancer: BalancerSettings | null;
}

/** An internal load balancer in a network that is there. Everything is named here, so that synthesis asks no account. */
export interface BalancerSettings {
  readonly vpcId: string;
  /** Subnets of at least two zones, in the order of their zones. */
  readonly availabilityZones: readonly string[];
  readonly subnetIds: readonly string[];
  readonly port: 80 | 8080;
  /** Addresses (CIDR) inside the network from which it may be called. */
  readonly ipRanges: readonly string[];
}

/** What differs from stage to stage. */
export interface StageSettings {
  /** Part of the stack's name and the first segment of every deployed path. */
  readonly name: string;
  /** Whether anybody's phone may be sent to. Elsewhere, a real provider is called only for `limits.allowedPhones`. */
  readonly production: boolean;
  readonly provider: ProviderSettings;
  /** The stand-in provider, and whether a front before it carries out the scenarios of a connection; `none` in production. */
  readonly sandbox: 'none' | 'refuse' | 'carry-out';
  readonly dialect: Dialect;
  readonly limits: Limits;
  readonly events: { readonly sources: readonly EventSource[]; readonly deliveries: readonly DeliverySettings[] };
  readonly authorization: 'iam' | 'none';
  /** The drop-in CustomSend endpoint; `null`: none. */
  readonly asmx: AsmxSettings | null;
  /** What the gateway lets through before it answers 429, over all callers. */
  readonly throttle: { readonly requestsPerSecond: number; readonly burst: number };
  readonly architecture: Architecture;
  /** What becomes of tables, secrets and logs when the stack goes. */
  readonly removal: RemovalPolicy;
  readonly logRetention: RetentionDays;
  /** The SNS topic that alarms tell; without one they only show. */
  readonly alarmTopicArn?: string;
}

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
  events: { sources: [], deliveries: [] },
  authorization: 'iam',
  // Unsigned, so nobody has it who has not said whom it is for.
  asmx: null,
  throttle: { requestsPerSecond: 20, burst: 40 },
  architecture: Architecture.ARM_64,
  removal: RemovalPolicy.DESTROY,
  logRetention: RetentionDays.ONE_MONTH,
};

/** The real provider. Its dialect is unconfirmed, so only patterns without fields and the strings form are taken until it is. */
export const prod: StageSettings = {
  ...dev,
  name: 'prod',
  production: true,
  provider: { ...dev.provider, url: 'http://www.mxtong.net.cn/Services.asmx', plainHttp: true },
  sandbox: 'none',
  dialect: { ...guessedDialect, confirmed: false },
  limits: { ...dev.limits, retentionDays: 180 },
  throttle: { requestsPerSecond: 100, burst: 200 },
  removal: RemovalPolicy.RETAIN,
  logRetention: RetentionDays.SIX_MONTHS,
};
