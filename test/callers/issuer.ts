import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

/** What a token says; what is left out is right. */
export interface Claims {
  key?: CryptoKey;
  issuer?: string;
  /** `undefined`: none. */
  audience?: string | undefined;
  /** '' = none. */
  subject?: string;
  /** From now, such as `5m`. */
  expires?: string;
  scope?: string;
  clientId?: string;
}

/** An issuer of tokens for the audience `sms`, on 127.0.0.1, with one key. */
export interface Issuer {
  address: string;
  /** A key that is not the issuer's. */
  otherKey: CryptoKey;
  token(claims?: Claims): Promise<string>;
  /** Whether it tells its keys, or answers 503. */
  setPublished(published: boolean): void;
  stop(): void;
}

/** @param scope of tokens that say no other */
export async function startIssuer(scope: string): Promise<Issuer> {
  const own = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }];
  let published = true;
  const server = createServer((request, response) => {
    if (!published) return response.writeHead(503).end();
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    response.setHeader('Content-Type', 'application/json');
    return response.end(JSON.stringify(isDiscovery ? { issuer: address, jwks_uri: `${address}/keys` } : { keys }));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    otherKey: (await generateKeyPair('RS256')).privateKey,
    token({ key = own.privateKey, clientId, ...claims } = {}) {
      const jwt = new SignJWT({ scope: claims.scope ?? scope, ...(clientId && { client_id: clientId }) });
      jwt.setProtectedHeader({ alg: 'RS256', kid: 'one' });
      jwt.setIssuer(claims.issuer ?? address).setExpirationTime(claims.expires ?? '5m');
      if (claims.subject !== '') jwt.setSubject(claims.subject ?? 'crm');
      if (!('audience' in claims)) jwt.setAudience('sms');
      else if (claims.audience !== undefined) jwt.setAudience(claims.audience);
      return jwt.sign(key);
    },
    setPublished(value) {
      published = value;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
