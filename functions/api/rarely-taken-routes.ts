import type { Route } from './api-deps.ts';
import { createUpload } from './create-upload.ts';
import { expectDryRun } from './dry-run.ts';
import { getExport, startExport } from './export-results.ts';
import { findRecipients } from './find-recipients.ts';
import { listRecipients } from './list-recipients.ts';
import { preview } from './preview.ts';
import { getProvider } from './provider-state.ts';
import { rescheduleJob } from './reschedule-job.ts';
import { resendJob } from './resend-job.ts';
import type { RouteName } from './routes.ts';
import { settleBatches } from './settle-batches.ts';
import { getUsage } from './usage.ts';

/** Routes that a cold start rarely serves. They are in a file of the asset that is loaded with the first request to one of them. */
export const rarelyTakenRoutes = {
  'PATCH /v1/jobs/{jobId}': rescheduleJob,
  'GET /v1/jobs/{jobId}/recipients': listRecipients,
  'POST /v1/jobs/{jobId}/settle': settleBatches,
  'POST /v1/jobs/{jobId}/export': startExport,
  'GET /v1/jobs/{jobId}/export': getExport,
  'POST /v1/preview': (api, request) => preview(api, expectDryRun(request)),
  'POST /v1/uploads': createUpload,
  'POST /v1/jobs/{jobId}/resend': resendJob,
  'GET /v1/recipients': findRecipients,
  'GET /v1/usage': getUsage,
  'GET /v1/provider': getProvider,
} as const satisfies Partial<Record<RouteName, Route>>;
