import type { LocalSystem } from '../../infra/local/system.ts';
import { createApiClient, readLedger } from './api.ts';

/** A request whose recipients bring field values. */
export interface PersonalRequest {
  pattern: string;
  recipients: readonly { phone: string; detail: readonly string[] | Readonly<Record<string, string>> }[];
}

/** Previews a request, sends it, and waits until it is over. @returns what the preview and the job say, and what reached the ledger */
export async function previewAndSend(system: Pick<LocalSystem, 'api' | 'ledger'>, request: PersonalRequest) {
  const api = createApiClient(system.api);
  const shown = (await api.post('/v1/preview', request)).as('Preview');
  let job = (await api.send(request)).as('Job');
  while (job.counts.pending > 0) job = (await api.get(`/v1/jobs/${job.jobId}?wait=20`)).as('Job');
  const wanted = new Set(request.recipients.map(({ phone }) => phone));
  const messages = (await readLedger(system.ledger)).filter(({ phone }) => wanted.has(phone));
  return { shown, job, messages, texts: new Map(messages.map(({ phone, text }) => [phone, text])) };
}
