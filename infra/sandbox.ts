import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { SandboxEnv } from '../functions/sandbox/env.ts';
import { sandboxRoutes } from '../functions/sandbox/routes.ts';
import { type Api, handlerTimeout } from './api.ts';
import { BundledFunction } from './function.ts';
import type { StageSettings } from './stages.ts';
import { tableProps } from './table.ts';

/** The stand-in provider: its function, and the ledger of every message that it accepted. */
export class Sandbox extends Construct {
  constructor(scope: Construct, id: string, settings: StageSettings & { sandbox: 'refuse' | 'carry-out' }, api: Api) {
    super(scope, id);
    const ledger = new Table(this, 'Ledger', tableProps(settings));
    const handler = new BundledFunction<keyof SandboxEnv>(this, 'Function', {
      name: 'sandbox',
      settings,
      timeout: handlerTimeout,
      memoryMb: 512,
      environment: ({ grantPrincipal }) => {
        grantPrincipal.addToPrincipalPolicy(
          new PolicyStatement({ actions: ['dynamodb:PutItem', 'dynamodb:Query'], resources: [ledger.tableArn] }),
        );
        return { LEDGER_TABLE_NAME: ledger.tableName, DIALECT: JSON.stringify(settings.dialect), CONNECTION_FATES: settings.sandbox };
      },
    });
    api.serve(handler, sandboxRoutes);
  }
}
