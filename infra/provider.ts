import { Validations } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { providerEnv } from '../functions/shared/env/env.ts';
import type { Api } from './api.ts';
import { keyOf } from './encryption.ts';
import type { StageSettings } from './stage-settings.ts';

/** The stand-in's Services.asmx, in the API's own paths, and the calls of its four bindings. */
const sandboxPath = '/sandbox/Services.asmx';
const sandboxCalls = [
  { method: 'POST', path: sandboxPath },
  { method: 'POST', path: `${sandboxPath}/CustomSend` },
  { method: 'GET', path: `${sandboxPath}/CustomSend` },
];

interface ProviderProps {
  readonly settings: StageSettings;
  readonly api: Api;
}

/** The SMS provider as this stage sees it: where it is, how it is spoken to, and the secret that holds its token. */
export class Provider extends Construct {
  readonly #token: Secret;
  readonly #settings: StageSettings;
  readonly #api: Api;

  constructor(scope: Construct, id: string, { settings, api }: ProviderProps) {
    super(scope, id);
    this.#settings = settings;
    this.#api = api;
    this.#token = new Secret(this, 'Token', {
      description: `Token of the SMS provider, stage ${settings.name}`,
      ...(settings.keyArn !== null && { encryptionKey: keyOf(this, settings) }),
      generateSecretString: { excludePunctuation: true },
      removalPolicy: settings.removal,
    });
    // The sandbox takes any token, so a random one. A real provider's is put in by the people who hold it, and no deploy undoes that: until
    // then the secret has no value, and everything waits.
    if (settings.provider.url !== 'sandbox') (this.#token.node.defaultChild as CfnSecret).generateSecretString = undefined;
    Validations.of(this.#token).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The provider hands out the token, and how long one lives or how it is renewed is not published.',
    });
  }

  /** ARN of the secret in which the token belongs. */
  get tokenSecretArn(): string {
    return this.#token.secretArn;
  }

  /** The right to read the token and to call the provider with it. */
  grantCall(principal: IGrantable): Record<keyof typeof providerEnv, string> {
    principal.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [this.#token.secretArn] }),
    );
    return this.grantCallWithoutToken(principal);
  }

  /** The right to call the provider with tokens that callers bring; only the stand-in behind our own API asks for one. */
  grantCallWithoutToken(principal: IGrantable): Record<keyof typeof providerEnv, string> {
    const { provider } = this.#settings;
    const ownSandbox = provider.url === 'sandbox';
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

  /** How recipients are written to the provider, for a function that checks and batches by it and never calls. */
  rules(): Record<'PROVIDER_PROTOCOL' | 'DIALECT', string> {
    const { provider, dialect } = this.#settings;
    return { PROVIDER_PROTOCOL: provider.protocol, DIALECT: JSON.stringify(dialect) };
  }
}
