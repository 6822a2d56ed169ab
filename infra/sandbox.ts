import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { SandboxEnv } from '../functions/sandbox/env.ts';
import { sandboxRoutes } from '../functions/sandbox/routes.ts';
import { type Api, handlerTimeout } from './api.ts';
import { BundledFunction } from './function.ts';
import type { StageSettings } from './stage-settings.ts';
import { tableProps } from './table.ts';

interface SandboxProps {
  readonly settings: StageSettings;
  /** Whether a front before it carries out the scenarios of a connection. */
  readonly scenarios: 'refuse' | 'carry-out';
  readonly api: Api;
}

/** The stand-in provider: its function, and the ledger of every message that it accepted. */
export class Sandbox extends Construct {
  constructor(scope: Construct, id: string, { settings, scenarios, api }: SandboxProps) {
    super(scope, id);
    const ledger = new Table(this, 'Ledger', tableProps(this, settings));
    const handler = new BundledFunction<keyof SandboxEnv>(this, 'Function', {
      name: 'sandbox',
      settings,
      timeout: handlerTimeout,
      memoryMb: 512,
      environment: ({ grantPrincipal }) => {
        grantPrincipal.addToPrincipalPolicy(
          new PolicyStatement({ actions: ['dynamodb:PutItem', 'dynamodb:Query'], resources: [ledger.tableArn] }),
        );
        return { LEDGER_TABLE_NAME: ledger.tableName, DIALECT: JSON.stringify(settings.dialect), CONNECTION_SCENARIOS: scenarios };
      },
    });
    api.serve(handler, sandboxRoutes);
  }
}
