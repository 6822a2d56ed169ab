import type { Logger } from '@aws-lambda-powertools/logger';
import type { CustomSendCall } from '../shared/customsend/call.ts';
import type { Sender } from '../shared/dispatch/sender.ts';
import type { SendRules } from '../shared/send-request/check-request.ts';

/** What answering a call needs. */
export interface EndpointDeps extends Omit<Sender, 'dispatchQueue' | 'holdsCallersToken'> {
  rules: SendRules;
  /** How long a call waits for a free slot, and how long it may take at most (milliseconds). */
  waitForSlot: number;
  callTakes: number;
  /** How long the same request gets the same definite answer (milliseconds); 0 = it is sent again. */
  repeatWindow: number;
  logger: Pick<Logger, 'info' | 'error'>;
}

/** A call whose caller is known. */
export interface CallRequest {
  caller: string;
  call: CustomSendCall;
  /** Its Token is the provider's: its calls are made with it, and nothing keeps it. */
  passToken: boolean;
  /** When it reached the gateway, and by when it must be answered (epoch milliseconds). */
  arrivedAt: number;
  deadline: number;
}
