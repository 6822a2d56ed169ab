import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LocalSystem } from '../../infra/local/system.ts';
import { type ApiClient, createApiClient } from '../support/api.ts';
import { startStack } from '../support/stack.ts';

let system: LocalSystem;
let api: ApiClient;
beforeAll(async () => {
  system = await startStack();
  api = createApiClient(system.api);
});
afterAll(() => system.stop());

it.each(['', '?status=scheduled', '?status=attention', '?reference=order-1'])(
  'the deployed function may read the index of GET /v1/jobs%s',
  async (query) => {
    const answer = await api.get(`/v1/jobs${query}`);
    expect([answer.status, answer.as('Jobs').items]).toEqual([200, []]);
  },
);
