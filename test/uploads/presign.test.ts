import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createPresigner } from '../../functions/shared/files/presign.ts';

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const at = Date.UTC(2013, 4, 24);

/** SigV4 in the query, by the content of Amazon's description, for a URL as it would be sent. */
function signatureOf(method: string, url: URL, headers: Record<string, string>): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    url.pathname,
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    'UNSIGNED-PAYLOAD',
  ];
  const [, day = '', region = '', service = ''] = (url.searchParams.get('X-Amz-Credential') ?? '').split('/');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const digest = createHash('sha256').update(canonical.join('\n')).digest('hex');
  const text = ['AWS4-HMAC-SHA256', url.searchParams.get('X-Amz-Date'), scope, digest].join('\n');
  const hmac = (key: string | Buffer, value: string) => createHmac('sha256', key).update(value).digest();
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  return createHmac('sha256', key).update(text).digest('hex');
}

describe('the signature that addresses are held against', () => {
  it('is that of the example in the documentation of S3', () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host';
    const url = new URL(`https://examplebucket.s3.amazonaws.com/test.txt?${query}`);
    const signature = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    expect(signatureOf('GET', url, { host: 'examplebucket.s3.amazonaws.com' })).toBe(signature);
  });
});

describe('an address', () => {
  const bucketSettings = { bucket: 'files-1', region: 'eu-west-1' };

  it('to upload to is signed with its content type and length, and says when it ends', async () => {
    const presigner = createPresigner(bucketSettings, () => at, credentials);
    const { url, headers, expiresAt } = await presigner.put('uploads/abc/upl_csv_1', { type: 'text/csv', size: 42 }, 3_600);
    const parsed = new URL(url);
    expect(parsed.host).toBe('files-1.s3.eu-west-1.amazonaws.com');
    expect(parsed.pathname).toBe('/uploads/abc/upl_csv_1');
    expect(headers).toEqual({ 'content-type': 'text/csv' });
    expect(expiresAt).toBe(at + 3_600_000);
    expect(parsed.searchParams.get('X-Amz-Expires')).toBe('3600');
    expect(parsed.searchParams.get('X-Amz-Signature')).toBe(
      signatureOf('PUT', parsed, { ...headers, 'content-length': '42', host: parsed.host }),
    );
  });

  it('takes no other length: what is signed differs', async () => {
    const presigner = createPresigner(bucketSettings, () => at, credentials);
    const [one, other] = await Promise.all(
      [42, 43].map((size) => presigner.put('uploads/abc/upl_csv_1', { type: 'text/csv', size }, 3_600)),
    );
    expect(one?.url).not.toBe(other?.url);
    expect(new URL(one?.url ?? '').searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
  });

  it.each([
    ['the credentials end', 600, 600],
    ['its own time is over', 7_200, 3_600],
  ])('ends when %s, if that is earlier', async (_what, credentialsEnd, end) => {
    const ending = async () => ({ ...credentials, expiration: new Date(at + credentialsEnd * 1_000) });
    const { expiresAt } = await createPresigner(bucketSettings, () => at, ending).get('exports/job_1/2.csv', 'job_1.csv', 3_600);
    expect(expiresAt).toBe(at + end * 1_000);
  });

  it('to download from is signed with the name under which it is saved', async () => {
    const presigner = createPresigner(bucketSettings, () => at, { ...credentials, sessionToken: 'a+b/c=' });
    const { url } = await presigner.get('exports/job_1/2.csv', 'job_1.csv', 900);
    const parsed = new URL(url);
    expect(parsed.searchParams.get('response-content-disposition')).toBe('attachment; filename="job_1.csv"');
    expect(parsed.searchParams.get('X-Amz-Security-Token')).toBe('a+b/c=');
    expect(parsed.searchParams.get('X-Amz-Signature')).toBe(signatureOf('GET', parsed, { host: parsed.host }));
  });

  it('lies in the partition of its region', async () => {
    const { url } = await createPresigner({ ...bucketSettings, region: 'cn-north-1' }, () => at, credentials).get('k', 'k', 1);
    expect(new URL(url).host).toBe('files-1.s3.cn-north-1.amazonaws.com.cn');
  });
});
