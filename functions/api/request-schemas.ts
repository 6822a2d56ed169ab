import { fileOrder, rescheduleOrder, stringsOrder, structuredOrder } from '../shared/send-request/request-schema.ts';
import { switchSchema } from './account.ts';
import { settlementSchema } from './settle-batches.ts';
import { uploadSchema } from './create-upload.ts';

/** Schemas of the requests' bodies, by the names that the OpenAPI description gives them. */
export const bodySchemas = {
  StructuredOrder: structuredOrder,
  StringsOrder: stringsOrder,
  FileOrder: fileOrder,
  Upload: uploadSchema,
  Reschedule: rescheduleOrder,
  Settlement: settlementSchema,
  SwitchChange: switchSchema,
} as const;

/** The forms that a request to send may have; together they are `Order`. */
export const ORDER_FORMS = ['StructuredOrder', 'StringsOrder', 'FileOrder'] as const;

export type BodyName = keyof typeof bodySchemas | 'Order';
