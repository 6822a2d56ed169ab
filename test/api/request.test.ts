import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { readRequest } from '../../functions/api/api-request.ts';
import { ProblemError } from '../../functions/shared/problem/problem.ts';

/** The event of a request that this principal signed. */
function signedBy(userArn: string | null): APIGatewayProxyEvent {
  const event = { headers: {}, resource: '/v1/jobs', path: '/v1/jobs', requestContext: { identity: { userArn } } };
  return event as Partial<APIGatewayProxyEvent> as APIGatewayProxyEvent;
}

const owner = 'arn:aws:iam::123456789012:role/orders';
const iam = {
  LIMITS: {},
  AUTHORIZATION: 'iam' as const,
  EVENT_SOURCES: [
    { account: '111111111111', source: 'shop', owner },
    { account: '222222222222', source: 'shop', owner: 'arn:aws:iam::123456789012:role/other' },
    { account: '111111111111', source: 'crm', owner },
    { account: '111111111111', source: 'unowned' },
  ],
};

const route = { route: { needs: [] }, parameters: {} };

it('owns what the sources ask for that name it as their owner', () => {
  const ownedBy = (userArn: string) => readRequest(signedBy(userArn), route, iam, 0).owns;
  expect(ownedBy('arn:aws:sts::123456789012:assumed-role/orders/i-0abc')).toEqual(['event:111111111111/shop', 'event:111111111111/crm']);
  expect(ownedBy('arn:aws:iam::123456789012:user/orders')).toEqual([]);
});

describe('the caller of a signed request', () => {
  it.each([
    ['a user', 'arn:aws:iam::123456789012:user/shop/orders', 'arn:aws:iam::123456789012:user/shop/orders'],
    ['a role, whatever its session', 'arn:aws:sts::123456789012:assumed-role/orders/i-0abc', 'arn:aws:iam::123456789012:role/orders'],
    ['a role in China', 'arn:aws-cn:sts::123456789012:assumed-role/orders/s@x.cn', 'arn:aws-cn:iam::123456789012:role/orders'],
    ['a user in China', 'arn:aws-cn:iam::123456789012:user/orders', 'arn:aws-cn:iam::123456789012:user/orders'],
    ['the root of an account', 'arn:aws:iam::123456789012:root', 'arn:aws:iam::123456789012:root'],
  ])('is %s', (_who, userArn, caller) => {
    expect(readRequest(signedBy(userArn), route, iam, 0).caller).toBe(caller);
  });

  it.each([null, ''])('is asked for (%j)', (userArn) => {
    const read = () => readRequest(signedBy(userArn), route, iam, 0);
    expect(read).toThrow(ProblemError);
    expect(read).toThrow(expect.objectContaining({ document: expect.objectContaining({ code: 'caller-unknown', status: 403 }) }));
  });

  it('is not looked at where callers do not sign', () => {
    expect(readRequest(signedBy('arn:aws:iam::123456789012:user/x'), route, { ...iam, AUTHORIZATION: 'none' }, 0).caller).toBe('local');
  });
});
