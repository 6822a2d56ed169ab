import { NAMESPACE } from '../../shared/customsend/call.ts';
import { escapeAttribute } from './wsdl.ts';

/** Where the service's description and its SOAP ports are, for tools that look for services by `?disco`. */
export function writeDiscovery(address: string): string {
  const location = escapeAttribute(address);
  const ports = ['ServicesSoap', 'ServicesSoap12'].map(
    (binding, index) => `
  <soap address="${location}" xmlns:q${index + 1}="${NAMESPACE.operation}" binding="q${index + 1}:${binding}" xmlns="${DISCO}soap/" />`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<discovery xmlns:xsd="${NAMESPACE.xsd}" xmlns:xsi="${NAMESPACE.xsi}" xmlns="${DISCO}">
  <contractRef ref="${location}?wsdl" docRef="${location}" xmlns="${DISCO}scl/" />${ports.join('')}
</discovery>`.replaceAll('\n', '\r\n');
}

const DISCO = 'http://schemas.xmlsoap.org/disco/';
