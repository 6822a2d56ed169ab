import soap from 'soap';
import { afterAll, expect, it } from 'vitest';
import { CALL, type Seen, startEndpoint, TOO_LONG } from '../support/old-callers.ts';

const endpoint = await startEndpoint();
afterAll(() => endpoint.stop());

type Answer = { ROOT: Record<string, string | number | null> };
type Port = {
  CustomSend(call: object, done: (error: { root?: { Envelope: { Body: { Fault: unknown } } } } | null, answer: Answer) => void): void;
};

/** The package reads the fields that are there, an empty one as null. */
function fieldsOf({ ROOT }: Answer): Seen['sucess'] {
  const { RetCode, Message, CommonJobID, SpecialJobIDs, TotalSendCount, ErrorPhones } = ROOT;
  const texts = { RetCode, Message, CommonJobID, SpecialJobIDs, TotalSendCount, ErrorPhones };
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, value == null ? null : String(value)])) as Seen['sucess'];
}

it.each([
  ['soap11', 'ServicesSoap'],
  ['soap12', 'ServicesSoap12'],
] as const)('npm soap sends, reads every field, and understands a fault, on %s', async (binding, name) => {
  const client = await soap.createClientAsync(endpoint.wsdl, { forceSoap12Headers: binding === 'soap12' });
  const port = client.Services[name] as Port;
  const call = (changed: Partial<typeof CALL> = {}) =>
    new Promise<Answer>((done, fail) => {
      port.CustomSend({ ...CALL, Pattern: CALL.Pattern + binding, ...changed }, (error, answer) => (error ? fail(error) : done(answer)));
    });
  const sucess = fieldsOf(await call());
  const faild = fieldsOf(await call({ Token: 'bad' }));
  const error: { message: string; response?: { status: number } } = await call({ Details: TOO_LONG }).then(
    () => expect.fail('A call of 4.2 MB was taken.'),
    (reason) => reason,
  );
  expect(error.response?.status).toBe(500);
  await endpoint.expectSeen(binding, { sucess, faild, fault: error.message });
});
