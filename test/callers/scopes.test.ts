import { describe, expect, it } from 'vitest';
import { mayActFor, scopesOf } from '../../functions/shared/caller/caller.ts';
import { callerBehind } from '../../functions/shared/caller/gateway-identity.ts';
import { signingPrincipal } from '../../functions/shared/caller/principal.ts';
import { expectScope, readScopes } from '../../functions/shared/caller/scopes.ts';
import { eventSourcesEnv } from '../../functions/shared/env/env.ts';
import { checkCallers } from '../../infra/check-callers.ts';
import { dev } from '../../infra/stages.ts';

const ROLE = 'arn:aws:iam::123456789012:role/crm';

it.each([
  ['arn:aws:iam::123456789012:role/team/crm', ROLE],
  ['arn:aws:iam::123456789012:role/a/b/c/crm', ROLE],
  ['arn:aws:sts::123456789012:assumed-role/crm/i-0abc', ROLE],
  ['arn:aws-cn:sts::123456789012:assumed-role/crm/i-0abc', 'arn:aws-cn:iam::123456789012:role/crm'],
  ['arn:aws:iam::123456789012:user/team/crm', 'arn:aws:iam::123456789012:user/team/crm'],
  ['key:crm', 'key:crm'],
  ['event:123456789012/role/crm', 'event:123456789012/role/crm'],
])('%s signs as %s', (principal, name) => {
  expect(signingPrincipal(principal)).toBe(name);
});

it('the owner of a source of events may be written with the path of its role', () => {
  const written = JSON.stringify([{ account: '123456789012', source: 'shop', owner: 'arn:aws:iam::123456789012:role/team/crm' }]);
  expect(eventSourcesEnv.EVENT_SOURCES.parse(written)).toMatchObject([{ owner: ROLE }]);
});

describe('scopes', () => {
  const listed = { principal: ROLE, scopes: ['send' as const] };

  it('of an IAM principal are those of the stage, else send and read', () => {
    expect(scopesOf(listed, undefined)).toEqual(['send']);
    expect(scopesOf(undefined, undefined)).toEqual(['send', 'read']);
  });

  it('of a key or token are its own, less those that the stage does not list', () => {
    expect(scopesOf(undefined, ['read', 'admin'])).toEqual(['read', 'admin']);
    expect(scopesOf(listed, ['read', 'send', 'admin'])).toEqual(['send']);
  });

  it('that are unknown count for nothing, and one of those that are needed is enough', () => {
    expect(readScopes(['root', 'send', ''])).toEqual(['send']);
    expect(() => expectScope(['read'], ['read', 'operate'])).not.toThrow();
    expect(() => expectScope([], [])).not.toThrow();
    expect(() => expectScope(['read'], ['send'])).toThrow(
      expect.objectContaining({ document: expect.objectContaining({ code: 'scope-missing', status: 403 }) }),
    );
  });

  it('decide whose jobs a caller may see: its own, those that it owns, all with operate', () => {
    const crm = { caller: ROLE, owns: ['event:123456789012/shop'], scopes: ['send' as const, 'read' as const, 'admin' as const] };
    expect(['event:123456789012/shop', ROLE, 'key:other'].map((caller) => mayActFor(crm, caller))).toEqual([true, true, false]);
    expect(mayActFor({ ...crm, scopes: ['operate'] }, 'key:other')).toBe(true);
  });
});

describe('the caller', () => {
  it.each([
    ['iam', { userArn: null, authorizer: { caller: 'key:crm', scopes: 'admin' } }],
    ['key', { userArn: ROLE, authorizer: null }],
    ['jwt', { userArn: ROLE, authorizer: { caller: 'jwt:crm' } }],
  ] as const)('is not taken from elsewhere with authorization %s', (authorization, identity) => {
    expect(() => callerBehind(identity, authorization, [])).toThrow(
      expect.objectContaining({ document: expect.objectContaining({ code: 'caller-unknown' }) }),
    );
  });
});

describe('a stage', () => {
  const key = { ...dev, authorization: 'key' as const };
  it.each<[string, object, RegExp[]]>([
    ['dev', dev, []],
    ['one with keys', { ...key, callers: [{ principal: 'key:crm', scopes: ['send'] }] }, []],
    ['tokens of no issuer', { ...dev, authorization: 'jwt' }, [/^jwt: /]],
    ['an issuer without tokens', { ...dev, jwt: { issuer: 'https://example.com', audience: 'x' } }, [/^jwt: /]],
    ['an issuer without https', { ...dev, authorization: 'jwt', jwt: { issuer: 'http://example.com', audience: 'x' } }, [/^jwt.issuer: /]],
    ['callers of another kind', { ...key, callers: [{ principal: ROLE, scopes: ['send'] }] }, [/^callers\[0\].principal: /]],
    ['an unknown scope', { ...dev, callers: [{ principal: ROLE, scopes: ['root'] }] }, [/^callers\[0\].scopes/]],
    [
      'a quota of nothing',
      { ...dev, callers: [{ principal: ROLE, scopes: ['send'], dailyRecipients: 0 }] },
      [/^callers\[0\].dailyRecipients/],
    ],
    ['an event that reads', { ...dev, callers: [{ principal: 'event:123456789012/shop', scopes: ['read'] }] }, [/^callers\[0\].scopes: /]],
    [
      'one role twice, once with its path',
      { ...dev, callers: [ROLE, 'arn:aws:iam::123456789012:role/x/crm'].map((principal) => ({ principal, scopes: ['send'] })) },
      [/^callers\[1\].principal: .*twice/],
    ],
    [
      'more callers than fit',
      { ...dev, callers: Array.from({ length: 60 }, (_, n) => ({ principal: `${ROLE}${n}`, scopes: ['send'] })) },
      [/^callers: /],
    ],
    ['another account of 11 digits', { ...dev, otherAccounts: ['12345678901'] }, [/^otherAccounts\[0\]: /]],
    ['other accounts with keys', { ...key, otherAccounts: ['123456789012'] }, [/^otherAccounts: /]],
  ])('with %s', (_what, settings, wrong) => {
    const found = checkCallers(settings as typeof dev);
    expect(found).toHaveLength(wrong.length);
    for (const [index, pattern] of wrong.entries()) expect(found[index]).toMatch(pattern);
  });
});
