import { type App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ApiEnv } from '../functions/api/env.ts';
import { apiRoutes, restPaths } from '../functions/api/routes.ts';
import { Api, handlerTimeout } from './api.ts';
import { Asmx } from './asmx.ts';
import { Dispatch } from './dispatch.ts';
import { Events } from './events.ts';
import { EventsQueue } from './events-queue.ts';
import { BundledFunction } from './function.ts';
import { Provider } from './provider.ts';
import { Sandbox } from './sandbox.ts';
import type { StageSettings } from './stages.ts';
import { Sweep } from './sweep.ts';
import { JobTable } from './table.ts';
import { Uploads } from './uploads.ts';

/** Everything of one stage. It names no account and no region, so it synthesises anywhere and deploys to any partition. */
export class SmsStack extends Stack {
  constructor(app: App, settings: StageSettings) {
    super(app, `sms-${settings.name}`, {
      description: `SMS sending service, stage ${settings.name}`,
      terminationProtection: settings.removal === RemovalPolicy.RETAIN,
    });
    const eventsQueue = new EventsQueue(this, 'EventsQueue', settings);
    const table = new JobTable(this, 'Jobs', settings, eventsQueue);
    const api = new Api(this, 'Api', settings);
    const provider = new Provider(this, 'Provider', settings, api);
    const dispatch = new Dispatch(this, 'Dispatch', settings, table, provider);
    const uploads = new Uploads(this, 'Uploads', settings, table, provider, dispatch);
    const events = new Events(this, 'Events', settings, { table, provider, dispatch, uploads, eventsQueue });
    new Sweep(this, 'Sweep', settings, table, dispatch, uploads);

    const apiFunction = new BundledFunction<keyof ApiEnv>(this, 'ApiFunction', {
      name: 'api',
      settings,
      timeout: handlerTimeout,
      memoryMb: 1024,
      errors: {
        title: 'API function errors',
        impact: 'Callers got 502, and a call to the provider may have been cut off and become unknown.',
      },
      environment: (granted) => ({
        ...table.grantReadWrite(granted),
        ...provider.grantCall(granted),
        ...dispatch.grantWake(granted),
        ...uploads.grantUpload(granted),
        ...events.sources(),
        AUTHORIZATION: settings.authorization,
      }),
    });
    api.serve(apiFunction, apiRoutes);
    // The drop-in endpoint has a greedy route of its own: its paths come in any letters.
    api.serveRest(apiFunction, settings.asmx === null ? [...restPaths, '/{proxy+}'] : restPaths);

    const { sandbox, asmx } = settings;
    if (asmx !== null) new Asmx(this, 'Asmx', { ...settings, asmx }, api, table, provider);
    if (sandbox !== 'none') new Sandbox(this, 'Sandbox', { ...settings, sandbox }, api);
  }
}
