import { NAMESPACE } from '../../functions/shared/customsend/call.ts';

const SCHEMA = `xmlns:xsd="${NAMESPACE.xsd}" xmlns:xsi="${NAMESPACE.xsi}"`;

/** The children of a ROOT as a server writes them. */
export const SUCESS =
  '<RetCode>Sucess</RetCode><Message>收到 &lt;b&gt;&amp;</Message><CommonJobID>20260101000000001</CommonJobID>' +
  '<SpecialJobIDs /><TotalSendCount>2</TotalSendCount><ErrorPhones />';
export const FAILD =
  '<RetCode>Faild</RetCode><Message>Token无效</Message><CommonJobID /><SpecialJobIDs /><TotalSendCount>0</TotalSendCount><ErrorPhones />';

/** A form binding's answer. */
export function bareRoot(children: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\r\n<ROOT ${SCHEMA} xmlns="${NAMESPACE.root}">${children}</ROOT>`;
}

/** A SOAP binding's answer around anything. */
export function envelope(version: 'soap11' | 'soap12', body: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${NAMESPACE[version]}" ${SCHEMA}>` +
    `<soap:Body>${body}</soap:Body></soap:Envelope>`
  );
}

export function envelopedRoot(version: 'soap11' | 'soap12', children: string): string {
  const root = `<ROOT xmlns="${NAMESPACE.root}">${children}</ROOT>`;
  return envelope(version, `<CustomSendResponse xmlns="${NAMESPACE.operation}">${root}</CustomSendResponse>`);
}

/** @param code with its prefix, as the server writes it */
export function fault11(code: string, text = '服务器无法处理请求。'): string {
  return envelope('soap11', `<soap:Fault><faultcode>${code}</faultcode><faultstring>${text}</faultstring><detail /></soap:Fault>`);
}

export function fault12(code: string, text = '服务器无法处理请求。'): string {
  const reason = `<soap:Reason><soap:Text xml:lang="zh-CHS">${text}</soap:Text></soap:Reason>`;
  return envelope('soap12', `<soap:Fault><soap:Code><soap:Value>${code}</soap:Value></soap:Code>${reason}<soap:Detail /></soap:Fault>`);
}
