/** The eight parameters of CustomSend, in the order of the specification's declaration. All text but SmsType, an xs:int. */
export interface CustomSendCall {
  Token: string;
  Pattern: string;
  DefaultDetail: string;
  Details: string;
  Phones: string;
  SmsType: number;
  PostFixNumber: string;
  SendTime: string;
}

/** The parameters by name, in declaration order: the order in which the form bindings read them and report the first problem. */
export const PARAMETERS = [
  'Token',
  'Pattern',
  'DefaultDetail',
  'Details',
  'Phones',
  'SmsType',
  'PostFixNumber',
  'SendTime',
] as const satisfies readonly (keyof CustomSendCall)[];

/** The answer's ROOT. `null` is an element that was not there: the server leaves out null strings and writes empty ones as `<X />`. */
export interface CustomSendReturn {
  /** `Sucess` or `Faild`, spelt so. */
  RetCode: string | null;
  Message: string | null;
  CommonJobID: string | null;
  SpecialJobIDs: string | null;
  TotalSendCount: number | null;
  ErrorPhones: string | null;
}

/** The four bindings of the specification, as the setting names them. */
export const PROTOCOLS = ['http-post', 'http-get', 'soap11', 'soap12'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Namespaces of the contract. The final slash of the operation's counts. */
export const NAMESPACE = {
  operation: 'http://tempuri.org/',
  root: 'CustomJobReturn',
  soap11: 'http://schemas.xmlsoap.org/soap/envelope/',
  soap12: 'http://www.w3.org/2003/05/soap-envelope',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
  xsd: 'http://www.w3.org/2001/XMLSchema',
} as const;

/** The only action of the service, on both SOAP versions. */
export const SOAP_ACTION = `${NAMESPACE.operation}CustomSend`;
