import { fileRequest } from '../shared/send-request/file-request.ts';
import {
  detailSchema,
  fileEncoding,
  reference,
  rescheduleRequest,
  stringsRequest,
  structuredRequest,
} from '../shared/send-request/request-schema.ts';
import { switchSchema } from './account.ts';
import { uploadSchema } from './create-upload.ts';
import { resendSchema } from './resend-job.ts';
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
  Resend: resendSchema,
} as const;

/** Fields that all forms of a request share, by the names that the description gives them. */
const { pattern, smsType, postFixNumber, timeZone, scheduler, validFor, personalise, allowEmpty } = structuredRequest.shape;
export const bodyFields = {
  Pattern: pattern,
  Reference: reference,
  SmsType: smsType,
  PostFixNumber: postFixNumber,
  SendTime: rescheduleRequest.shape.sendTime,
  TimeZone: timeZone,
  Scheduler: scheduler,
  ValidFor: validFor,
  Detail: detailSchema,
  Personalise: personalise,
  AllowEmpty: allowEmpty,
  FileEncoding: fileEncoding,
} as const;

/** The forms that a request to send may have; together they are `SendRequest`. */
export const REQUEST_FORMS = ['StructuredRequest', 'StringsRequest', 'FileRequest'] as const;

export type BodyName = keyof typeof bodySchemas | 'SendRequest';

const WEEK = 7 * 24 * 3_600_000;

/** Bodies that work as they are, by the names of their schemas and what they show. Their times are a week ahead. The tests send them. */
export function bodyExamples(now: number): Partial<Record<string, Readonly<Record<string, object>>>> {
  const day = new Date(now + WEEK).toISOString().slice(0, 10);
  return {
    SendRequest: {
      personal: {
        pattern: '【签名】{姓名}您好，余额{余额}元',
        defaultDetail: { 姓名: '客户', 余额: '0' },
        recipients: ['13800138000', { phone: '13900139000', detail: { 姓名: '张三', 余额: '100' } }],
      },
      scheduled: {
        pattern: '【签名】早上好',
        recipients: ['13800138000'],
        sendTime: `${day}T09:00:00`,
        timeZone: 'Asia/Shanghai',
        validFor: 'PT1H',
      },
    },
    Reschedule: { later: { sendTime: `${day}T10:30:00+08:00` } },
    Settlement: { rejected: { as: 'rejected', why: 'not in the bill of the 22nd', batches: [{ batch: 1, try: 1 }] } },
    Resend: { failed: { outcomes: ['rejected', 'expired'] } },
    SwitchChange: { stop: { paused: true, why: 'The texts are wrong.' }, start: { paused: false } },
    Upload: { csv: { format: 'csv', size: 1_048_576 } },
  };
}
