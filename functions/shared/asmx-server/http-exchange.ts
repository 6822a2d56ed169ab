import type { CustomSendCall } from '../customsend/call.ts';

/** A request as it reached the .asmx address, whatever carried it (a gateway event, a socket). */
export interface HttpRequest {
  /** In upper case; compared as it stands, as verbs are case-sensitive. */
  method: string;
  /** What follows `.asmx`, percent-decoded: `''` or `/CustomSend`. */
  path: string;
  /** The query string as it was sent, without the question mark. */
  query: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
}

/** An answer to be sent as it stands. Content-Length is left to the transport. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** The parameters as ASMX would hand them to the method: a SOAP request may leave out any of them (`null`, SmsType 0). */
export type ReceivedCall = { [Name in keyof CustomSendCall]: CustomSendCall[Name] extends string ? string | null : number };

export type SoapVersion = 'soap11' | 'soap12';

/** The form of the answer: `form` for HTTP GET and POST, else the SOAP version of the request's envelope. */
export type Reply = 'form' | SoapVersion;

/** What a request turned out to be. `document`: a GET of the bare address, which asks for the help page or the WSDL. */
export type Reading = { kind: 'call'; call: ReceivedCall; reply: Reply } | { kind: 'refused'; answer: HttpAnswer } | { kind: 'document' };

/** ASP.NET's default `maxRequestLength`, in bytes. */
export const MAXIMUM_REQUEST_BYTES = 4_096 * 1_024;

export const TOO_LONG = 'Maximum request length exceeded.';
