import type { BatchingSnapshot } from '../job/items.ts';
import { createRecipientCheck, type MessageLimits, type RecipientCheck } from '../message/check-recipient.ts';
import type { Message } from '../message/message.ts';
import type { Problem } from '../problem/field-error.ts';
import { createEncodabilityCheck, placed } from './check-request.ts';
import type { FileRequest } from './request-schema.ts';

/** What a file's recipients are held against. All of it is fixed when the job is accepted. */
export interface FileRules extends Pick<BatchingSnapshot, 'dialect' | 'protocol'> {
  limits: MessageLimits;
}

/** What all recipients of a file share. */
export type FileMessage = Pick<FileRequest, 'pattern' | 'defaultDetail' | 'smsType' | 'postFixNumber'>;

/** The check of a message whose recipients come one by one. Keeps no state. */
export interface FileCheck extends RecipientCheck {
  message: Message & { form: 'structured' };
}

/** Prepares the check of a message and of its recipients: the same as for recipients that come in the request. */
export function createFileCheck({ dialect, protocol, limits }: FileRules, order: FileMessage): FileCheck {
  const recipients = createRecipientCheck(dialect, limits, order.pattern, order.defaultDetail);
  const carry = createEncodabilityCheck({ protocol });
  const defaultDetail = order.defaultDetail ?? [];
  const shared = { Pattern: order.pattern, DefaultDetail: defaultDetail.join(dialect.fieldSeparator) };
  const problems: Problem[] = recipients.problems.length > 0 ? recipients.problems : carry.content(shared).map(placed);
  return {
    message: { form: 'structured', pattern: order.pattern, defaultDetail },
    problems,
    check(input, place) {
      const checked = recipients.check(input, place);
      if ('problems' in checked || checked.recipient.detail === null) return checked;
      const { detail } = checked.recipient;
      // As it stands among the others: a value and a separator can make together what neither of them is.
      const Details = `${dialect.recipientSeparator}${detail.join(dialect.fieldSeparator)}${dialect.recipientSeparator}`;
      const uncarried = carry.content({ Details });
      if (uncarried.length === 0) return checked;
      const problems = carry.detail(detail, `${place}.detail`);
      return { problems: problems.length > 0 ? problems : uncarried.map((problem) => ({ ...placed(problem), place: `${place}.detail` })) };
    },
  };
}
