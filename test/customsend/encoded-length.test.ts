import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROTOCOLS } from '../../functions/shared/customsend/call.ts';
import { encodedLength } from '../../functions/shared/customsend/encoded-length.ts';
import { requestBytes } from '../../functions/shared/customsend/write-request.ts';

const CALL = { Token: '', Pattern: '', DefaultDetail: '', Details: '', Phones: '', SmsType: 1, PostFixNumber: '', SendTime: '' };

test.each(PROTOCOLS)('%s: a text takes as many bytes as its request grows by', (protocol) => {
  const texts = fc.string({ unit: fc.oneof(fc.constantFrom('&', '<', '>', '\r', '"', "'", ' ', '+', '张', '😀', 'é', '~'), fc.string()) });
  fc.assert(
    fc.property(texts, (text) => {
      expect(encodedLength(protocol, text)).toBe(requestBytes(protocol, { ...CALL, Details: text }) - requestBytes(protocol, CALL));
    }),
  );
});
