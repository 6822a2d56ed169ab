import { expect, it } from 'vitest';
import { stackOfFile } from '../support/stack.ts';

const { api } = stackOfFile();

it.each(['', '?status=scheduled', '?status=attention', '?reference=order-1'])(
  'the deployed function may read the index of GET /v1/jobs%s',
  async (query) => {
    const answer = await api.get(`/v1/jobs${query}`);
    expect([answer.status, answer.as('Jobs').items]).toEqual([200, []]);
  },
);
