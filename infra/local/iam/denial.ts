import type { Service } from './requested-actions.ts';

/** As each protocol says AccessDenied. */
export function denial(service: Service, message: string): { status: number; headers: Record<string, string>; text: string } {
  if (service === 'S3') {
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
    return { status: 403, headers: { 'Content-Type': 'application/xml' }, text };
  }
  const name = service === 'SQS' ? 'AccessDenied' : 'AccessDeniedException';
  const headers = { 'Content-Type': 'application/x-amz-json-1.0', 'x-amzn-ErrorType': name };
  const status = service === 'SCHEDULER' || service === 'SQS' ? 403 : 400;
  return { status, headers, text: JSON.stringify({ __type: name, message, Message: message }) };
}
