import { getAccount, getDispatch, setAllDispatch, setOwnDispatch } from './account.ts';
import type { Route } from './api-deps.ts';
import { createApiKey, listKeys, revokeKey } from './api-keys.ts';
import { cancelJob } from './cancel-job.ts';
import { createUpload } from './create-upload.ts';
import { expectDryRun } from './dry-run.ts';
import { getExport, startExport } from './export-results.ts';
import { findRecipients } from './find-recipients.ts';
import { listJobs } from './list-jobs.ts';
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
  'GET /v1/jobs': listJobs,
  'PATCH /v1/jobs/{jobId}': rescheduleJob,
  'GET /v1/jobs/{jobId}/recipients': listRecipients,
  'POST /v1/jobs/{jobId}/cancel': cancelJob,
  'POST /v1/jobs/{jobId}/settle': settleBatches,
  'POST /v1/jobs/{jobId}/export': startExport,
  'GET /v1/jobs/{jobId}/export': getExport,
  'POST /v1/preview': (api, request) => preview(api, expectDryRun(request)),
  'POST /v1/uploads': createUpload,
  'POST /v1/jobs/{jobId}/resend': resendJob,
  'GET /v1/recipients': findRecipients,
  'GET /v1/usage': getUsage,
  'GET /v1/provider': getProvider,
  'GET /v1/account': getAccount,
  'PUT /v1/account/dispatch': setOwnDispatch,
  'GET /v1/dispatch': getDispatch,
  'PUT /v1/dispatch': setAllDispatch,
  'GET /v1/keys': listKeys,
  'POST /v1/keys': createApiKey,
  'POST /v1/keys/{keyId}/revoke': revokeKey,
} as const satisfies Partial<Record<RouteName, Route>>;
