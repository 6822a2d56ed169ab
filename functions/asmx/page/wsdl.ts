import { type CustomSendReturn, NAMESPACE, PARAMETERS, SOAP_ACTION } from '../../shared/customsend/call.ts';
import { escapeXml } from '../../shared/customsend/escape-xml.ts';

/** What the provider's own help page calls the operation: "send customised SMS". */
export const DOCUMENTATION = '发送自定义短信';

/**
 * The description of the service on its four bindings, line by line as the framework writes it (wire.md, section 7). The names of the
 * two types are unknown for the provider: generated proxies name their classes by them, and nothing of them is on the wire.
 * @param address of Services.asmx, as callers are to reach it
 */
export function writeWsdl(address: string): string {
  const parts = [types, ...messages(), ...portTypes(), ...bindings(), service(escapeAttribute(address))];
  return `<?xml version="1.0" encoding="utf-8"?>\n${DEFINITIONS}${parts.join('')}\n</wsdl:definitions>`.replaceAll('\n', '\r\n');
}

const DEFINITIONS =
  `<wsdl:definitions xmlns:tm="http://microsoft.com/wsdl/mime/textMatching/" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" ` +
  `xmlns:mime="http://schemas.xmlsoap.org/wsdl/mime/" xmlns:tns="${NAMESPACE.operation}" xmlns:s1="${NAMESPACE.root}" ` +
  `xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s="${NAMESPACE.xsd}" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" ` +
  `xmlns:http="http://schemas.xmlsoap.org/wsdl/http/" targetNamespace="${NAMESPACE.operation}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">`;

/** Texts may be left out (they are null then); numbers and enumerations are always there. */
const sequence = (indent: string, members: readonly (readonly [name: string, type: string])[]) =>
  members
    .map(([name, type]) => {
      const least = type === 's:string' ? 0 : 1;
      return `\n${indent}<s:element minOccurs="${least}" maxOccurs="1" name="${name}" type="${type}" />`;
    })
    .join('');

const parameters = PARAMETERS.map((name) => [name, name === 'SmsType' ? 's:int' : 's:string'] as const);

const fields = [
  ['RetCode', 's1:RetCodeType'],
  ['Message', 's:string'],
  ['CommonJobID', 's:string'],
  ['SpecialJobIDs', 's:string'],
  ['TotalSendCount', 's:int'],
  ['ErrorPhones', 's:string'],
] as const satisfies readonly (readonly [keyof CustomSendReturn, string])[];

/** A wrapped operation whose answer's only child is of another namespace, so the second schema declares it and the first refers to it. */
const types = `
  <wsdl:types>
    <s:schema elementFormDefault="qualified" targetNamespace="${NAMESPACE.operation}">
      <s:import namespace="${NAMESPACE.root}" />
      <s:element name="CustomSend">
        <s:complexType>
          <s:sequence>${sequence('            ', parameters)}
          </s:sequence>
        </s:complexType>
      </s:element>
      <s:element name="CustomSendResponse">
        <s:complexType>
          <s:sequence>
            <s:element minOccurs="1" maxOccurs="1" ref="s1:ROOT" />
          </s:sequence>
        </s:complexType>
      </s:element>
    </s:schema>
    <s:schema elementFormDefault="qualified" targetNamespace="${NAMESPACE.root}">
      <s:element name="ROOT" nillable="true" type="s1:CustomJobReturn" />
      <s:complexType name="CustomJobReturn">
        <s:sequence>${sequence('          ', fields)}
        </s:sequence>
      </s:complexType>
      <s:simpleType name="RetCodeType">
        <s:restriction base="s:string">
          <s:enumeration value="Sucess" />
          <s:enumeration value="Faild" />
        </s:restriction>
      </s:simpleType>
    </s:schema>
  </wsdl:types>`;

const FORMS = ['HttpGet', 'HttpPost'] as const;

function messages(): string[] {
  const part = (name: string, what: string) => `\n    <wsdl:part name="${name}" ${what} />`;
  const message = (name: string, ...content: string[]) =>
    `\n  <wsdl:message name="CustomSend${name}">${content.join('')}\n  </wsdl:message>`;
  return [
    message('SoapIn', part('parameters', 'element="tns:CustomSend"')),
    message('SoapOut', part('parameters', 'element="tns:CustomSendResponse"')),
    ...FORMS.flatMap((form) => [
      message(`${form}In`, ...PARAMETERS.map((name) => part(name, 'type="s:string"'))),
      message(`${form}Out`, part('Body', 'element="s1:ROOT"')),
    ]),
  ];
}

function portTypes(): string[] {
  return ['Soap', ...FORMS].map(
    (port) => `
  <wsdl:portType name="Services${port}">
    <wsdl:operation name="CustomSend">
      <wsdl:documentation xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">${DOCUMENTATION}</wsdl:documentation>
      <wsdl:input message="tns:CustomSend${port}In" />
      <wsdl:output message="tns:CustomSend${port}Out" />
    </wsdl:operation>
  </wsdl:portType>`,
  );
}

function bindings(): string[] {
  const binding = (port: string, portType: string, how: string, operation: string, input: string, output: string) => `
  <wsdl:binding name="Services${port}" type="tns:Services${portType}">
    ${how}
    <wsdl:operation name="CustomSend">
      ${operation}
      <wsdl:input>
        ${input}
      </wsdl:input>
      <wsdl:output>
        ${output}
      </wsdl:output>
    </wsdl:operation>
  </wsdl:binding>`;
  const soap = (port: string, prefix: string) => {
    const body = `<${prefix}:body use="literal" />`;
    const operation = `<${prefix}:operation soapAction="${SOAP_ACTION}" style="document" />`;
    return binding(port, 'Soap', `<${prefix}:binding transport="http://schemas.xmlsoap.org/soap/http" />`, operation, body, body);
  };
  const form = (port: string, verb: string, input: string) =>
    binding(
      port,
      port,
      `<http:binding verb="${verb}" />`,
      '<http:operation location="/CustomSend" />',
      input,
      '<mime:mimeXml part="Body" />',
    );
  return [
    soap('Soap', 'soap'),
    soap('Soap12', 'soap12'),
    form('HttpGet', 'GET', '<http:urlEncoded />'),
    form('HttpPost', 'POST', '<mime:content type="application/x-www-form-urlencoded" />'),
  ];
}

function service(location: string): string {
  const ports = [
    ['Soap', 'soap'],
    ['Soap12', 'soap12'],
    ['HttpGet', 'http'],
    ['HttpPost', 'http'],
  ].map(
    ([port, prefix]) => `
    <wsdl:port name="Services${port}" binding="tns:Services${port}">
      <${prefix}:address location="${location}" />
    </wsdl:port>`,
  );
  return `\n  <wsdl:service name="Services">${ports.join('')}\n  </wsdl:service>`;
}

/** Text as the value of an attribute in double quotes. */
export function escapeAttribute(value: string): string {
  return escapeXml(value).replaceAll('"', '&quot;');
}
