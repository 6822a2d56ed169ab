import { fileRequest, rescheduleRequest, stringsRequest, structuredRequest } from '../shared/send-request/request-schema.ts';
import { switchSchema } from './account.ts';
import { uploadSchema } from './create-upload.ts';
import { settlementSchema } from './settle-batches.ts';

/** Schemas of the requests' bodies, by the names that the OpenAPI description gives them. */
export const bodySchemas = {
  StructuredRequest: structuredRequest,
  StringsRequest: stringsRequest,
  FileRequest: fileRequest,
  Upload: uploadSchema,
  Reschedule: rescheduleRequest,
  Settlement: settlementSchema,
  SwitchChange: switchSchema,
} as const;

/** The forms that a request to send may have; together they are `SendRequest`. */
export const REQUEST_FORMS = ['StructuredRequest', 'StringsRequest', 'FileRequest'] as const;

export type BodyName = keyof typeof bodySchemas | 'SendRequest';
