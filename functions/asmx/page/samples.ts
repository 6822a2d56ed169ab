import { NAMESPACE, PARAMETERS, SOAP_ACTION } from '../../shared/customsend/call.ts';

/** An exchange on one of the bindings, as it goes over the wire, with the types in place of the values. */
export interface Sample {
  binding: string;
  request: string;
  response: string;
}

/** The four samples of the specification, with this endpoint's own address. */
export function writeSamples(address: string): Sample[] {
  const { host, pathname: path } = new URL(address);
  const pairs = PARAMETERS.map((name) => `${name}=string`).join('&');
  const root = { binding: '', response: answer('text/xml', DECLARATION + writeRoot('')) };
  const http = (line: string, ...headers: string[]) => [line, `Host: ${host}`, ...headers].join('\n');
  const soap = (binding: string, prefix: 'soap' | 'soap12', type: string, ...headers: string[]): Sample => ({
    binding,
    request: `${http(`POST ${path} HTTP/1.1`, `Content-Type: ${type}; charset=utf-8`, LENGTH, ...headers)}\n\n${envelope(prefix, CALL)}`,
    response: answer(type, envelope(prefix, RESPONSE)),
  });
  return [
    soap('SOAP 1.1', 'soap', 'text/xml', `SOAPAction: "${SOAP_ACTION}"`),
    soap('SOAP 1.2', 'soap12', 'application/soap+xml'),
    { ...root, binding: 'HTTP GET', request: http(`GET ${path}/CustomSend?${pairs} HTTP/1.1`) },
    {
      ...root,
      binding: 'HTTP POST',
      request: `${http(`POST ${path}/CustomSend HTTP/1.1`, 'Content-Type: application/x-www-form-urlencoded', LENGTH)}\n\n${pairs}`,
    },
  ];
}

const LENGTH = 'Content-Length: length';
const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n';

function answer(type: string, document: string): string {
  return `HTTP/1.1 200 OK\nContent-Type: ${type}; charset=utf-8\n${LENGTH}\n\n${document}`;
}

function envelope(prefix: 'soap' | 'soap12', content: string): string {
  const open = `xmlns:xsi="${NAMESPACE.xsi}" xmlns:xsd="${NAMESPACE.xsd}" xmlns:${prefix}="${NAMESPACE[prefix === 'soap' ? 'soap11' : 'soap12']}"`;
  return `${DECLARATION}<${prefix}:Envelope ${open}>
  <${prefix}:Body>
${content}
  </${prefix}:Body>
</${prefix}:Envelope>`;
}

const CALL = `    <CustomSend xmlns="${NAMESPACE.operation}">
${PARAMETERS.map((name) => `      <${name}>${name === 'SmsType' ? 'int' : 'string'}</${name}>`).join('\n')}
    </CustomSend>`;

const RESPONSE = `    <CustomSendResponse xmlns="${NAMESPACE.operation}">
${writeRoot('      ')}
    </CustomSendResponse>`;

function writeRoot(indent: string): string {
  return `<ROOT xmlns="${NAMESPACE.root}">
  <RetCode>Sucess or Faild</RetCode>
  <Message>string</Message>
  <CommonJobID>string</CommonJobID>
  <SpecialJobIDs>string</SpecialJobIDs>
  <TotalSendCount>int</TotalSendCount>
  <ErrorPhones>string</ErrorPhones>
</ROOT>`.replace(/^/gm, indent);
}
