import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { openApi } from '../../functions/api/openapi.ts';
import { bodyFields } from '../../functions/api/request-schemas.ts';

/** openapi-typescript writes with the API of TypeScript 5, which 7 does not have: its import of `typescript` leads to that version. */
registerHooks({
  resolve(specifier, context, nextResolve) {
    const isGenerator = context.parentURL?.includes('/openapi-typescript/') === true;
    return nextResolve(specifier === 'typescript' && isGenerator ? 'typescript5' : specifier, context);
  },
});

/** Where the types lie. */
export const TYPES = fileURLToPath(new URL('../../functions/client/schema.d.ts', import.meta.url));

/** The types of the API for TypeScript, from its description. */
export async function generateTypes(): Promise<string> {
  const { default: openapiTS, astToString } = await import('openapi-typescript');
  const description = openApi({ address: 'http://127.0.0.1:3000', authorization: 'none', now: 0 });
  const written = JSON.parse(JSON.stringify(description));
  // The description lets it be anything, for the sake of other generators.
  written.components.schemas.Detail = z.toJSONSchema(bodyFields.Detail, { target: 'openapi-3.0' });
  const types = await openapiTS(written);
  return `// Written by \`npm run client\` from the description: do not edit.\n${astToString(types)}`;
}

if (import.meta.main) writeFileSync(TYPES, await generateTypes());
