import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { SmsStack } from './stack.ts';
import { cn, dev, prod } from './stages.ts';

const app = new App();
for (const settings of [dev, prod, cn]) new SmsStack(app, settings);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
