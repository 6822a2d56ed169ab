import { App, CfnResource } from 'aws-cdk-lib';
import { SmsStack } from '../../infra/stack.ts';
import { cn, dev, prod } from '../../infra/stages.ts';

/** Stages as the app of this repository makes them, but for what the rehearsal changes: `-c changed=true` and `-c broken=true`, each of its stage alone. */
const app = new App();
const isSet = (name: string) => app.node.tryGetContext(name) === 'true';
const rehearsed = { ...dev, events: { ...dev.events, sources: [{ source: 'rehearsal' }] } };
if (isSet('changed')) {
  new SmsStack(app, { ...rehearsed, longestWaitSeconds: 3 });
} else if (isSet('broken')) {
  const stack = new SmsStack(app, prod);
  // No account has such a type: the deploy fails, after everything else of the stack.
  const last = new CfnResource(stack, 'Broken', { type: 'AWS::Nowhere::Thing' });
  last.node.addDependency(stack.node.findChild('Sms'));
} else {
  new SmsStack(app, rehearsed);
  new SmsStack(app, prod);
  new SmsStack(app, cn);
}
