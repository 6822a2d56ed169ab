import { Annotations } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { ApiEnv } from '../functions/api/env.ts';
import { apiRoutes, restPaths } from '../functions/api/routes.ts';
import { Api, handlerTimeout } from './api.ts';
import { Asmx } from './asmx.ts';
import { signInOf } from './authorizer.ts';
import { checkStage } from './check-stage.ts';
import { Dispatch } from './dispatch.ts';
import { Domain } from './domain.ts';
import { Events } from './events.ts';
import { EventsQueue } from './events-queue.ts';
import { BundledFunction } from './function.ts';
import { Network } from './network.ts';
import { Provider } from './provider.ts';
import { Sandbox } from './sandbox.ts';
import type { StageSettings } from './stage-settings.ts';
import { Sweep } from './sweep.ts';
import { JobTable } from './table.ts';
import { Uploads } from './uploads.ts';

/**
 * The SMS sending service of one stage, for any stack. It names no account and no region, so it synthesises anywhere and deploys to any
 * partition.
 */
export class SmsService extends Construct {
  /** The address of the API, without a final slash. */
  readonly url: string;
  /** The bus for requests and for events about jobs. */
  readonly bus: IEventBus;
  /** Where the provider's token belongs. */
  readonly tokenSecretArn: string;
  /** Where `npm run token` keeps tokens of the drop-in endpoint. */
  readonly tokensTable: string;
  /** What a record of the stage's domain must lead to, if the stack does not make it. */
  readonly domainTarget: string | undefined;

  /** @throws Error that names every setting that is not in order */
  constructor(scope: Construct, id: string, settings: StageSettings) {
    super(scope, id);
    checkStage(settings);
    warnUnprotected(this, settings);
    const eventsQueue = new EventsQueue(this, 'EventsQueue', { settings });
    const table = new JobTable(this, 'Jobs', { settings, eventsQueue });
    const api = new Api(this, 'Api', { settings });
    const provider = new Provider(this, 'Provider', { settings, api });
    const outbound = settings.network === null ? undefined : new Network(this, 'Network', settings.network).outbound;
    const dispatch = new Dispatch(this, 'Dispatch', { settings, table, provider, outbound });
    const uploads = new Uploads(this, 'Uploads', { settings, table, provider, dispatch });
    const events = new Events(this, 'Events', { settings, table, provider, dispatch, uploads, eventsQueue });
    new Sweep(this, 'Sweep', { settings, table, dispatch, uploads });

    const apiFunction = createApiFunction(this, { settings, outbound, table, provider, dispatch, uploads, events });
    const signIn = signInOf(this, settings, table);
    api.serve(apiFunction, apiRoutes, signIn);
    // The drop-in endpoint has a greedy route of its own: its paths come in any letters.
    api.serveRest(apiFunction, settings.asmx === null ? [...restPaths, '/{proxy+}'] : restPaths, signIn);

    const { sandbox, asmx, domain } = settings;
    if (asmx !== null) new Asmx(this, 'Asmx', { settings, asmx, api, table, provider, outbound });
    if (sandbox !== 'none') new Sandbox(this, 'Sandbox', { settings, scenarios: sandbox, api });
    const ownDomain = domain === null ? undefined : new Domain(this, 'Domain', { domain, api });
    this.url = ownDomain?.url ?? api.url;
    this.domainTarget = ownDomain?.target;
    this.bus = events.bus;
    this.tokenSecretArn = provider.tokenSecretArn;
    this.tokensTable = table.name;
  }
}

interface ApiFunctionProps {
  settings: StageSettings;
  outbound: Network['outbound'] | undefined;
  table: JobTable;
  provider: Provider;
  dispatch: Dispatch;
  uploads: Uploads;
  events: Events;
}

function createApiFunction(scope: Construct, { settings, outbound, table, provider, dispatch, uploads, events }: ApiFunctionProps) {
  return new BundledFunction<keyof ApiEnv>(scope, 'ApiFunction', {
    name: 'api',
    settings,
    timeout: handlerTimeout,
    memoryMb: 1024,
    outbound,
    errors: {
      title: 'API function errors',
      impact: 'Callers got 502, and a call to the provider may have been cut off and become unknown.',
    },
    environment: (granted) => ({
      ...table.grantReadWrite(granted, ['byCaller', 'byStatus', 'byReference']),
      ...provider.grantCall(granted),
      ...dispatch.grantDispatchMessages(granted),
      ...uploads.grantUpload(granted),
      ...events.sources(),
      AUTHORIZATION: settings.authorization,
      LONGEST_WAIT_SECONDS: String(settings.longestWaitSeconds),
    }),
  });
}

function warnUnprotected(scope: Construct, settings: StageSettings): void {
  if (!settings.production || settings.protected) return;
  const text = `The stage ${settings.name} can be deleted: set protected: true once its first deploy has succeeded.`;
  Annotations.of(scope).addWarningV2('sms:unprotected', text);
}
