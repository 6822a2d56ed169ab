import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorize } from '../../functions/authorizer/authorize.ts';
import { identifyByToken } from '../../functions/authorizer/identify-by-token.ts';

const METHOD = 'arn:aws:execute-api:us-east-1:123456789012:api/dev/POST/v1/jobs';

/** An issuer on this machine, with one key. */
let server: Server;
let issuer: string;
let own: CryptoKey;
let otherKey: CryptoKey;
let identify: ReturnType<typeof identifyByToken>;
let published = true;
beforeAll(async () => {
  const pair = await generateKeyPair('RS256');
  own = pair.privateKey;
  otherKey = (await generateKeyPair('RS256')).privateKey;
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }];
  server = createServer((request, response) => {
    if (!published) return response.writeHead(503).end();
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    response.setHeader('Content-Type', 'application/json');
    return response.end(JSON.stringify(isDiscovery ? { issuer, jwks_uri: `${issuer}/keys` } : { keys }));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  identify = identifyByToken({ issuer, audience: 'sms', scopePrefix: 'sms/' });
});
afterAll(() => server.close());

interface Claims {
  key?: CryptoKey;
  issuer?: string;
  audience?: string | undefined;
  subject?: string;
  expires?: string;
  scope?: string;
  clientId?: string;
}

async function token({ key = own, scope = 'openid sms/send sms/read send admin', ...claims }: Claims = {}): Promise<string> {
  const jwt = new SignJWT({ scope, ...(claims.clientId && { client_id: claims.clientId }) }).setProtectedHeader({
    alg: 'RS256',
    kid: 'one',
  });
  jwt.setIssuer(claims.issuer ?? issuer).setExpirationTime(claims.expires ?? '5m');
  if (claims.subject !== '') jwt.setSubject(claims.subject ?? 'crm');
  if (!('audience' in claims)) jwt.setAudience('sms');
  else if (claims.audience !== undefined) jwt.setAudience(claims.audience);
  return jwt.sign(key);
}

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
    ['another key', () => token({ key: otherKey })],
    ['another issuer', () => token({ issuer: 'https://example.com' })],
    ['another audience', () => token({ audience: 'shop' })],
    ['no audience', () => token({ audience: undefined })],
    ['an end that is past', () => token({ expires: '-1m' })],
    ['no subject', () => token({ subject: '' })],
    ['no signature', async () => `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ iss: issuer, aud: 'sms', sub: 'crm', exp: 4e9 }))}.`],
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
    published = false;
    const failed = ask(`Bearer ${written}`, identifyByToken({ issuer, audience: 'sms' }));
    await expect(failed).rejects.not.toThrow(/^Unauthorized$/);
    published = true;
  });
});

function sharedSecret(): Promise<string> {
  const jwt = new SignJWT({ scope: 'sms/admin' }).setProtectedHeader({ alg: 'HS256', kid: 'one' });
  return jwt
    .setIssuer(issuer)
    .setAudience('sms')
    .setSubject('crm')
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode('x'.repeat(32)));
}
