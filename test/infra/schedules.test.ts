import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { dev, prod } from '../../infra/stages.ts';
import { functionName, functionsOf, type Resource, referencesIn, resourcesOf, synthesise, type Template } from './template.ts';

const stages = [dev, prod].map((settings) => ({ settings, ...synthesise(settings) }));
afterAll(() => {
  for (const { folder } of stages) rmSync(folder, { recursive: true });
});

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}

/** Everything that a role may do. */
function statementsOf(template: Template, roleId: string): Statement[] {
  return resourcesOf(template, 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => referencesIn(Properties.Roles).includes(roleId))
    .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement);
}

function one(found: [string, Resource][]): [string, Resource] {
  expect(found).toHaveLength(1);
  return found[0] as [string, Resource];
}

describe.each(stages)('schedules of $settings.name', ({ template, settings }) => {
  const [groupId, group] = one(resourcesOf(template, 'AWS::Scheduler::ScheduleGroup'));
  const ofScheduler = ([, { Properties }]: [string, Resource]) => JSON.stringify(Properties).includes('scheduler.amazonaws.com');
  const [roleId, role] = one(resourcesOf(template, 'AWS::IAM::Role').filter(ofScheduler));
  const [, events] = one(functionsOf(template).filter(([, resource]) => functionName(resource) === 'events'));
  const { Variables } = events.Properties.Environment as { Variables: Record<string, unknown> };
  const queueOf = (variable: string) => referencesIn(Variables[variable])[0] ?? '';

  test('have a group of their own, a target that the events function is fed by, and dead letters that raise an alarm', () => {
    expect(group.Properties.Name).toMatch(new RegExp(`^sms${settings.name}-`));
    expect(Variables.SCHEDULE_GROUP).toBe(group.Properties.Name);
    expect(queueOf('SCHEDULE_TARGET')).toBe(queueOf('EVENTS_QUEUE_URL'));
    const fed = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').flatMap(([, { Properties }]) =>
      referencesIn(Properties.EventSourceArn),
    );
    expect(fed).toContain(queueOf('SCHEDULE_TARGET'));
    const dead = queueOf('SCHEDULE_DEAD_LETTERS');
    expect(fed).not.toContain(dead);
    expect(template.Resources[dead]?.Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
    const heard = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(([, { Properties }]) =>
      referencesIn(Properties.Dimensions).includes(dead),
    );
    expect(heard).toHaveLength(1);
  });

  test('send by a role that may do nothing else, and that Scheduler takes for this group and account only', () => {
    const may = statementsOf(template, roleId);
    expect(may.map(({ Action }) => Action)).toEqual(['sqs:SendMessage']);
    expect(referencesIn(may[0]?.Resource).toSorted()).toEqual([queueOf('SCHEDULE_TARGET'), queueOf('SCHEDULE_DEAD_LETTERS')].toSorted());
    const [trust, ...more] = (role.Properties.AssumeRolePolicyDocument as { Statement: { Condition: unknown; Principal: unknown }[] })
      .Statement;
    expect(more).toEqual([]);
    expect(trust?.Principal).toEqual({ Service: 'scheduler.amazonaws.com' });
    expect(trust?.Condition).toEqual({
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' }, 'aws:SourceArn': { 'Fn::GetAtt': [groupId, 'Arn'] } },
    });
  });

  test('are made and deleted by the events function alone, in this group, with this role', () => {
    const [eventsRole = ''] = referencesIn(events.Properties.Role);
    const roles = resourcesOf(template, 'AWS::IAM::Role').map(([id]) => id);
    for (const id of roles) {
      const rights = statementsOf(template, id).filter(({ Action }) => /scheduler:|iam:/.test([Action].flat().join()));
      if (id !== eventsRole) expect(rights).toEqual([]);
      else {
        expect(rights.map(({ Action }) => Action)).toEqual([['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'], 'iam:PassRole']);
        expect(JSON.stringify(rights[0]?.Resource)).toContain(`:schedule/${group.Properties.Name}/*`);
        expect(referencesIn(rights[1]?.Resource)).toEqual([roleId]);
        expect(rights[1]?.Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } });
      }
    }
  });
});
