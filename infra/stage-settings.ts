import type { RemovalPolicy } from 'aws-cdk-lib';
import type { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CallerSettings } from '../functions/shared/caller/caller-settings.ts';
import type { Authorization } from '../functions/shared/caller/gateway-identity.ts';
import type { JwtSettings } from '../functions/shared/caller/jwt-settings.ts';
import type { Protocol } from '../functions/shared/customsend/call.ts';
import type { EventName } from '../functions/shared/event/event-names.ts';
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
  /** The caller whose jobs; without it those of all callers. */
  readonly callers?: readonly string[];
  /** Requests in a second at most; what is too much waits. */
  readonly perSecond: number;
  /** How long an event is tried again, in hours, up to 24. */
  readonly hours: number;
}

/** Who may reach the drop-in endpoint, and by what its callers are known. Its routes ask for no signature. */
export interface AsmxSettings {
  /** `own`: tokens that this product made. Else they are the provider's, go on to it, and the jobs are this caller's: an IAM role or user. */
  readonly tokens: 'own' | { readonly passThroughFor: string };
  /** How long after its definite answer the same request gets that answer, in seconds; 0 = it is sent again. */
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

/** Concurrent executions of Lambda. All functions of an account share them in a region. */
export interface ConcurrencySettings {
  /** What the stage may count on: the account's quota in the region, less what others take there. A new account has 10. */
  readonly available: number;
  /** Keeps for each function what it may need, and lets it have no more. Lambda wants 100 to stay unreserved. */
  readonly reserve: boolean;
  /** Messages that are worked on at once, by queue. Dispatch has `limits.maxConcurrentCalls`. */
  readonly requests: number;
  readonly events: number;
  readonly files: number;
  /** Drop-in requests at once; each may wait for its answer as long as the function may run. */
  readonly dropIn: number;
}

/** Subnets of a network that is there, from which the functions that call the provider go out. Synthesis asks no account for it. */
export interface NetworkSettings {
  readonly vpcId: string;
  /** In the order of the subnets' zones. */
  readonly availabilityZones: readonly string[];
  /** Private subnets whose way out is a NAT gateway: its elastic address is the one that the provider allow-lists. */
  readonly subnetIds: readonly string[];
}

/** The API's own name, besides the one that API Gateway gives it. */
export interface DomainSettings {
  readonly name: string;
  /** Of ACM, in the stage's region. */
  readonly certificateArn: string;
  /** Public zone of Route 53 for the record; `null`: the record is made elsewhere, to the output `DomainTarget`. */
  readonly hostedZone: { readonly id: string; readonly name: string } | null;
}

/** What differs from stage to stage. */
export interface StageSettings {
  /** Part of the stack's name and the first segment of every deployed path. */
  readonly name: string;
  /** Whether any phone may be sent to. Elsewhere, a real provider is called only for `limits.allowedPhones`. */
  readonly production: boolean;
  readonly provider: ProviderSettings;
  /** The stand-in provider, and whether a front before it carries out the scenarios of a connection; `none` in production. */
  readonly sandbox: 'none' | 'refuse' | 'carry-out';
  readonly dialect: Dialect;
  readonly limits: Omit<Limits, 'callers'>;
  readonly events: {
    readonly sources: readonly EventSource[];
    readonly deliveries: readonly DeliverySettings[];
    /** Whether events about jobs go out on the bus. A stage in which nothing listens saves a message, a PutEvents and a write for each job. */
    readonly publish: boolean;
  };
  /** How callers over HTTPS are known: by IAM (SigV4), tokens of `jwt`, or keys of this product. `none` only on one machine. */
  readonly authorization: Authorization;
  /** Whose tokens are taken; `null` unless authorization is jwt. */
  readonly jwt: JwtSettings | null;
  /** What single callers may do. An IAM principal that is not listed may send and read; a key or a token says it itself. */
  readonly callers: readonly CallerSettings[];
  /** Accounts (12 digits) and principals (ARNs) outside of the stage's account that may call with IAM, if their own policies let them. */
  readonly otherAccounts: readonly string[];
  /** The drop-in CustomSend endpoint; `null`: none. */
  readonly asmx: AsmxSettings | null;
  /** What the gateway lets through before it answers 429, over all callers. */
  readonly throttle: { readonly requestsPerSecond: number; readonly burst: number };
  /** The longest `?wait=` of a caller, in seconds, 0 to 20: each one holds an execution that long. */
  readonly longestWaitSeconds: number;
  readonly concurrency: ConcurrencySettings;
  /** The AWS region that the app deploys to; `null`: whichever the CLI is set to. */
  readonly region: string | null;
  /** Where the functions that call the provider go out from; `null`: Lambda's own addresses, which change. */
  readonly network: NetworkSettings | null;
  readonly domain: DomainSettings | null;
  /** A web ACL of AWS WAF (regional) before the API. */
  readonly webAclArn: string | null;
  /** A customer-managed key for tables, queues, bucket, secret and logs; `null`: keys that AWS manages. Its policy: infra/README.md. */
  readonly keyArn: string | null;
  readonly architecture: Architecture;
  /** What happens to tables, queues, the bucket, the secret and logs when the stack is deleted. */
  readonly removal: RemovalPolicy;
  /** Refuses to delete stack and table. Off until the first deploy has succeeded: a failed one could not be repeated. */
  readonly protected: boolean;
  readonly logRetention: RetentionDays;
  /** The SNS topic that alarms tell; without one they only show. */
  readonly alarmTopicArn?: string;
}
