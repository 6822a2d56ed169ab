import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorize } from '../../functions/authorizer/authorize.ts';
import { identifyByToken } from '../../functions/authorizer/identify-by-token.ts';
import { type Claims, type Issuer, startIssuer } from './issuer.ts';

const METHOD = 'arn:aws:execute-api:us-east-1:123456789012:api/dev/POST/v1/jobs';

let issuer: Issuer;
let identify: ReturnType<typeof identifyByToken>;
beforeAll(async () => {
  issuer = await startIssuer('openid sms/send sms/read send admin');
  identify = identifyByToken({ issuer: issuer.address, audience: 'sms', scopePrefix: 'sms/' });
});
afterAll(() => issuer.stop());
const token = (claims?: Claims) => issuer.token(claims);

const ask = (authorizationToken: string, by = identify) =>
  authorize(by, { authorizationToken, methodArn: METHOD }, { error: () => undefined });

describe('a token of the issuer', () => {
  it('names the caller and the scopes that have the prefix; the answer holds for the whole stage', async () => {
    expect(await ask(`Bearer ${await token()}`)).toEqual({
      principalId: 'jwt:crm',
      context: { caller: 'jwt:crm', scopes: 'send read' },
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: 'arn:aws:execute-api:us-east-1:123456789012:api/dev/*' }],
      },
    });
  });

  it('of Cognito has a client_id in place of an audience', async () => {
    const cognito = await token({ audience: undefined, clientId: 'sms' });
    expect(await ask(`Bearer ${cognito}`)).toMatchObject({ principalId: 'jwt:crm' });
  });

  it.each<[string, () => Promise<string> | string]>([
    ['another key', () => token({ key: issuer.otherKey })],
    ['another issuer', () => token({ issuer: 'https://example.com' })],
    ['another audience', () => token({ audience: 'shop' })],
    ['no audience', () => token({ audience: undefined })],
    ['an end that is past', () => token({ expires: '-1m' })],
    ['no subject', () => token({ subject: '' })],
    [
      'no signature',
      async () => `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ iss: issuer.address, aud: 'sms', sub: 'crm', exp: 4e9 }))}.`,
    ],
    ['a signature by a shared secret', () => sharedSecret()],
    ['a changed body', async () => (await token()).replace(/\.(.)/, (_, first: string) => `.${first === 'e' ? 'f' : 'e'}`)],
    ['nothing of a token', () => 'sms_0000000000000000_x'],
  ])('with %s is refused as API Gateway wants it', async (_what, make) => {
    await expect(ask(`Bearer ${await make()}`)).rejects.toThrow(/^Unauthorized$/);
  });

  it('is refused without the word Bearer', async () => {
    await expect(ask(await token())).rejects.toThrow(/^Unauthorized$/);
  });

  it('is not refused when the keys cannot be had: the caller may come again', async () => {
    const written = await token();
    issuer.setPublished(false);
    const failed = ask(`Bearer ${written}`, identifyByToken({ issuer: issuer.address, audience: 'sms' }));
    await expect(failed).rejects.not.toThrow(/^Unauthorized$/);
    issuer.setPublished(true);
  });
});

function sharedSecret(): Promise<string> {
  const jwt = new SignJWT({ scope: 'sms/admin' }).setProtectedHeader({ alg: 'HS256', kid: 'one' });
  return jwt
    .setIssuer(issuer.address)
    .setAudience('sms')
    .setSubject('crm')
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode('x'.repeat(32)));
}
