import { writeFileSync } from 'node:fs';
import { openApi } from '../functions/api/openapi.ts';

const d = JSON.stringify(openApi({ address: 'https://abc.execute-api.eu-west-1.amazonaws.com/dev', authorization: 'iam' }));
console.log(d.length, Buffer.byteLength(d));
writeFileSync('/tmp/openapi.json', d);
