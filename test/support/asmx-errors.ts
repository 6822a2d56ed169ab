import type { HttpAnswer } from '../../functions/shared/asmx-server/http-exchange.ts';

/**
 * The answers that the real service has for bad requests (wire.md, section 4), and those that stand for its silent harm. Whatever else a
 * request is answered with 500 or above is an error of ours, as is an exception in its clothes: `Server was unable to process request`
 * with anything but a reader's complaint that says where the document is broken.
 */
const PLAIN = [
  /^Missing parameter: (Token|Pattern|DefaultDetail|Details|Phones|SmsType|PostFixNumber|SendTime)\.\n$/,
  /^Cannot convert .* to System\.Int32\.\nParameter name: type ---> (Input string was not in a correct format|Value was either too large or too small for an Int32)\.\n$/s,
  /^.* Web Service method name is not valid\.\n$/s,
  /^Invalid method name &#39;.*&#39;, {2}method names are case sensitive\. {3}The method name &#39;CustomSend&#39; with the same name but different casing was found\.\nParameter name: methodName\n$/s,
  /^Request format is invalid: .*\.\n$/s,
  /^A potentially dangerous Request\.(Form|QueryString) value was detected from the client \(.*\)\.\n$/s,
  /^Maximum request length exceeded\.\n$/,
  /^Operation is not valid due to the current state of the object\.\n$/,
  /^(XML Web service description was|Schema) not found\.\n$/,
];

const FAULTS: Record<string, RegExp[]> = {
  Client: [
    /^Server was unable to read request\. ---> There is an error in XML document \(\d+, \d+\)\. ---> (Input string was not in a correct format|Value was either too large or too small for an Int32)\.$/,
    /^Server was unable to read request\. ---> Request format is invalid: Missing required soap:(Envelope|Body) element\.$/,
    /^Server was unable to read request\. ---> Body has no CustomSend element in the namespace http:\/\/tempuri\.org\/\.$/,
    /^Server did not recognize the value of HTTP Header SOAPAction: .*\.$/s,
    /^Unable to handle request without a valid action parameter\. Please supply a valid soap action\.$/,
    /^Unable to handle request\. The action '.*' was not recognized\.$/s,
  ],
  Server: [
    /^There was an exception running the extensions specified in the config file\. ---> Maximum request length exceeded\.$/,
    /^Server was unable to process request\. ---> .* Line \d+, position \d+\.$/s,
    /^Server was unable to process request\. ---> (For security reasons a document type is not allowed|The document is too deep or too large|Invalid character in the given encoding|Request format is invalid: Missing required soap:(Envelope|Body) element)\.$/,
  ],
  MustUnderstand: [/^SOAP header .* was not understood\.$/],
  VersionMismatch: [
    /^Possible SOAP version mismatch: Envelope namespace .* was unexpected\. Expecting http:\/\/schemas\.xmlsoap\.org\/soap\/envelope\/\.$/s,
  ],
};

/** Whether an answer to a bad request is one of the real service's. */
export function isTheirs({ status, headers, body }: HttpAnswer): boolean {
  const type = headers['Content-Type'] ?? '';
  const text = String(body);
  if (type.startsWith('text/html')) return status === 405 || status === 400 || (status === 500 && text.includes('unexpectedly ending in'));
  if (status === 400 || status === 415) return text === '' && /^(text\/|application\/soap\+)xml; charset=utf-8$/.test(type);
  if (status !== 500) return false;
  if (type.startsWith('text/plain')) return PLAIN.some((pattern) => pattern.test(text));
  const code = /<(?:faultcode|soap:Value)>soap:(\w+)</.exec(text)?.[1] ?? '';
  const reason = /<(?:faultstring|soap:Text xml:lang="en")>([^<]*)</.exec(text)?.[1] ?? '';
  const name = { Sender: 'Client', Receiver: 'Server' }[code] ?? code;
  return FAULTS[name]?.some((pattern) => pattern.test(reason.replaceAll('&gt;', '>'))) ?? false;
}
