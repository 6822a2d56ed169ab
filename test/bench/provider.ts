import http from 'node:http';
import { NAMESPACE } from '../../functions/shared/customsend/call.ts';
import { bareRoot, envelopedRoot } from '../support/answers.ts';

/**
 * A provider that answers at once with the same success, in a process of its own so that its work is not counted. It has a
 * WSDL since the npm package `soap` calls nothing without one. Tells its port to the process that started it.
 */
const ROOT =
  '<RetCode>Sucess</RetCode><Message>提交成功</Message><CommonJobID>20260101000000001</CommonJobID><SpecialJobIDs />' +
  '<TotalSendCount>2</TotalSendCount><ErrorPhones />';
const answers = { form: Buffer.from(bareRoot(ROOT)), soap: Buffer.from(envelopedRoot('soap11', ROOT)) };

const server = http.createServer((request, response) => {
  const wsdl = request.method === 'GET' ? Buffer.from(writeWsdl(`http://${request.headers.host}/Services.asmx`)) : undefined;
  const body = wsdl ?? (request.headers.soapaction ? answers.soap : answers.form);
  request.resume().on('end', () => {
    response.writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8', 'Content-Length': body.length }).end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));

function writeWsdl(address: string): string {
  const element = (name: string) => `<s:element minOccurs="0" maxOccurs="1" name="${name}" type="s:string"/>`;
  const sequence = (names: string[]) => `<s:complexType><s:sequence>${names.map(element).join('')}</s:sequence></s:complexType>`;
  const parameters = ['Token', 'Pattern', 'DefaultDetail', 'Details', 'Phones', 'SmsType', 'PostFixNumber', 'SendTime'];
  const message = (name: string, type: string) => `<message name="${name}"><part name="parameters" element="t:${type}"/></message>`;
  const literal = (direction: string) => `<${direction}><w:body use="literal"/></${direction}>`;
  return (
    `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:w="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s="${NAMESPACE.xsd}" ` +
    `xmlns:t="${NAMESPACE.operation}" targetNamespace="${NAMESPACE.operation}">` +
    `<types><s:schema elementFormDefault="qualified" targetNamespace="${NAMESPACE.operation}">` +
    `<s:element name="CustomSend">${sequence(parameters)}</s:element>` +
    `<s:element name="CustomSendResponse"><s:complexType><s:sequence><s:any/></s:sequence></s:complexType></s:element></s:schema></types>` +
    `${message('In', 'CustomSend')}${message('Out', 'CustomSendResponse')}` +
    `<portType name="P"><operation name="CustomSend"><input message="t:In"/><output message="t:Out"/></operation></portType>` +
    `<binding name="B" type="t:P"><w:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="CustomSend">` +
    `<w:operation soapAction="${NAMESPACE.operation}CustomSend" style="document"/>${literal('input')}${literal('output')}</operation></binding>` +
    `<service name="Services"><port name="S" binding="t:B"><w:address location="${address}"/></port></service></definitions>`
  );
}
