import * as z from 'zod/mini';
import type { HttpAnswer } from '../shared/asmx-server/http-exchange.ts';
import type { Ledger } from './ledger.ts';

const querySchema = z.object({
  phone: z.optional(z.string()),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(1_000)), 1_000),
  cursor: z.optional(z.string()),
});

/**
 * `GET /sandbox/ledger?phone=&limit=&cursor=`: a page of what was accepted, as JSON. Phones are shown in full: it is a
 * test double's ledger.
 */
export async function answerLedger(ledger: Ledger, query: Readonly<Record<string, string | undefined>>): Promise<HttpAnswer> {
  const parsed = z.safeParse(querySchema, query);
  if (!parsed.success) return json(400, { message: 'limit is a number from 1 to 1000; phone and cursor are text.' });
  try {
    return json(200, await ledger.read(parsed.data));
  } catch (error) {
    if (error instanceof RangeError) return json(400, { message: error.message });
    throw error;
  }
}

function json(status: number, value: unknown): HttpAnswer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) };
}
