import { App, CfnResource } from 'aws-cdk-lib';
import { SmsStack } from '../../infra/stack.ts';
import { cn, dev, prod } from '../../infra/stages.ts';

/** Stages as the app of this repository makes them, but for what the rehearsal changes: `-c longestWait=3 -c broken=true`. */
const app = new App();
const longestWaitSeconds = Number(app.node.tryGetContext('longestWait') ?? dev.longestWaitSeconds);
const events = { ...dev.events, sources: [{ source: 'rehearsal' }] };
new SmsStack(app, { ...dev, longestWaitSeconds, events });
const stack = new SmsStack(app, prod);
new SmsStack(app, cn);
if (app.node.tryGetContext('broken') === 'true') {
  // No account has such a type: the deploy fails, after everything else of the stack.
  const last = new CfnResource(stack, 'Broken', { type: 'AWS::Nowhere::Thing' });
  last.node.addDependency(stack.node.findChild('Sms'));
}
