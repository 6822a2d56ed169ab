import { Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StageSettings } from './stage-settings.ts';

/** The customer-managed key of a stage, if it has one, for something that a construct keeps. */
export function keyOf(scope: Construct, { keyArn }: StageSettings): IKey | undefined {
  if (keyArn === null) return undefined;
  const stack = Stack.of(scope);
  const id = `Key ${keyArn}`;
  return (stack.node.tryFindChild(id) as IKey | undefined) ?? Key.fromKeyArn(stack, id, keyArn);
}

/** The right to read and write what is encrypted with the stage's key. Keys that AWS manages ask for none. */
export function grantKey({ grantPrincipal }: IGrantable, { keyArn }: StageSettings): void {
  if (keyArn === null) return;
  grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [keyArn] }));
}
