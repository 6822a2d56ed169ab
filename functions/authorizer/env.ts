import * as z from 'zod/mini';
import { authorizerEnv } from '../shared/env/env.ts';

/** The environment of the authorizer function. */
export const authorizerFunctionEnv = z.object(authorizerEnv);
export type AuthorizerEnv = z.output<typeof authorizerFunctionEnv>;
