import { CfnOutput, Validations } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { providerEnv } from '../functions/shared/env/env.ts';
import { zoneProblem } from '../functions/shared/quiet-hours/zone.ts';
import type { Api } from './api.ts';
import type { StageSettings } from './stages.ts';

/** The stand-in's Services.asmx, in the API's own paths, and the calls of its four bindings. */
const sandboxPath = '/sandbox/Services.asmx';
const sandboxCalls = [
  { method: 'POST', path: sandboxPath },
  { method: 'POST', path: `${sandboxPath}/CustomSend` },
  { method: 'GET', path: `${sandboxPath}/CustomSend` },
];

/** @throws Error when nothing would answer at the address, or when it is plain http without the setting that says so. */
function checkAddress({ name, sandbox, provider: { url, plainHttp } }: StageSettings): void {
  if (url === 'sandbox') {
    if (sandbox === 'none') throw new Error(`The stage ${name} calls the sandbox, and has none`);
    return;
  }
  const { protocol } = new URL(url);
  if (protocol === 'https:' || (protocol === 'http:' && plainHttp)) return;
  const problem =
    protocol === 'http:'
      ? 'would carry token, texts and phones unencrypted; if that is meant, set plainHttp: true'
      : 'is neither https nor http';
  throw new Error(`The provider address ${url} ${problem}`);
}

/** @throws Error for what is no zone. */
function checkZone({ provider: { timeZone } }: StageSettings): void {
  const wrongZone = zoneProblem(timeZone);
  if (wrongZone) throw new Error(`The provider's zone: ${wrongZone}`);
}

/** Whether an address is on the machine that calls it. */
export function isLoopback(address: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(address).hostname);
}

/** @throws Error when a trial could reach people: outside production, a real provider is called only for phones that the stage names. */
function checkPhones({ name, production, provider: { url }, limits }: StageSettings): void {
  if (production || url === 'sandbox' || isLoopback(url) || limits.allowedPhones !== null) return;
  throw new Error(`The stage ${name} is outside production and calls a real provider, so limits.allowedPhones must name whom it may reach`);
}

/** The SMS provider as this stage sees it: where it is, how it is spoken to, and the secret that holds its token. */
export class Provider extends Construct {
  readonly #token: Secret;
  readonly #settings: StageSettings;
  readonly #api: Api;

  constructor(scope: Construct, id: string, settings: StageSettings, api: Api) {
    super(scope, id);
    checkAddress(settings);
    checkPhones(settings);
    checkZone(settings);
    this.#settings = settings;
    this.#api = api;
    // A random value to begin with, which the sandbox takes; the real token is put in by the people who hold it, and no deploy undoes that.
    this.#token = new Secret(this, 'Token', {
      description: `Token of the SMS provider, stage ${settings.name}`,
      generateSecretString: { excludePunctuation: true },
      removalPolicy: settings.removal,
    });
    Validations.of(this.#token).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The provider hands out the token, and how long one lives or how it is renewed is not published.',
    });
    new CfnOutput(this, 'TokenSecret', { description: 'Where the token of the provider belongs', value: this.#token.secretArn });
  }

  /** The right to read the token and, for the stand-in behind our own API, to call it. */
  grantCall(principal: IGrantable): Record<keyof typeof providerEnv, string> {
    const { provider } = this.#settings;
    const ownSandbox = provider.url === 'sandbox';
    principal.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [this.#token.secretArn] }),
    );
    if (ownSandbox) this.#api.grantCall(principal, sandboxCalls);
    return {
      PROVIDER_URL: ownSandbox ? this.#api.addressOf(sandboxPath) : provider.url,
      PROVIDER_AUTH: ownSandbox ? 'iam' : 'none',
      PROVIDER_TOKEN_SECRET: this.#token.secretArn,
      PROVIDER_CONNECT_TIMEOUT_MS: String(provider.connectTimeoutMs),
      PROVIDER_TIMEOUT_MS: String(provider.timeoutMs),
      PROVIDER_NOT_SENT_STATUSES: provider.notSentStatuses.join(','),
      ...this.orderRules(),
    };
  }

  /** What a request is held against, for a function that accepts and does not call. */
  orderRules(): Record<'PROVIDER_PROTOCOL' | 'PROVIDER_TIME_ZONE' | 'DIALECT', string> {
    return { ...this.rules(), PROVIDER_TIME_ZONE: this.#settings.provider.timeZone };
  }

  /** How recipients are written to the provider, for a function that checks and cuts by it and never calls. */
  rules(): Record<'PROVIDER_PROTOCOL' | 'DIALECT', string> {
    const { provider, dialect } = this.#settings;
    return { PROVIDER_PROTOCOL: provider.protocol, DIALECT: JSON.stringify(dialect) };
  }
}
