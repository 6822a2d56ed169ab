import { readSettings } from '/tmp/wt/callers/infra/local/settings.ts';
import { loadAssembly } from '/tmp/wt/callers/infra/local/cloudformation/assembly.ts';
const auth = process.argv[2]!;
const more = auth === 'jwt' ? { JWT_ISSUER: 'http://127.0.0.1:1/', JWT_AUDIENCE: 'sms' } : {};
const t = Date.now();
await loadAssembly(readSettings({ AUTH: auth, ...more }));
console.log(auth, Date.now() - t);
