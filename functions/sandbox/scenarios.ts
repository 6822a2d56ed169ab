/** How the sandbox treats a call that contains a magic phone. */
export interface Scenario {
  phone: string;
  /** Whether the call's messages are in the ledger. */
  accepted: boolean;
  /** Scenarios of the connection are carried out by the front before the function; deployed there is none. */
  connection?: 'reset' | 'silence' | 'close-port';
  /** The answer; left out, the usual one. */
  answer?: (typeof SCENARIO_ANSWERS)[number];
  /** For people. */
  meaning: string;
}

const SCENARIO_ANSWERS = [
  'faild',
  'html-500',
  'cut-off',
  'unavailable',
  'gbk',
  'client-fault',
  'server-fault',
  'late',
  'text-500',
  'too-many',
  'faild-with-id',
] as const;

/** The magic phones. Of several in one call the first in this order decides. */
export const SCENARIOS: readonly Scenario[] = [
  { phone: '19900000001', accepted: false, answer: 'faild', meaning: 'the whole call is answered Faild' },
  { phone: '19900000002', accepted: true, connection: 'reset', meaning: 'accepted, then the connection is reset' },
  { phone: '19900000003', accepted: true, connection: 'silence', meaning: 'accepted, then nothing until the client gives up' },
  { phone: '19900000004', accepted: true, answer: 'html-500', meaning: 'accepted, then a 500 with an HTML page' },
  { phone: '19900000005', accepted: true, answer: 'cut-off', meaning: 'accepted, then a 200 whose XML is cut off' },
  { phone: '19900000006', accepted: false, answer: 'unavailable', meaning: '503 before acceptance' },
  { phone: '19900000007', accepted: true, connection: 'close-port', meaning: 'accepted and answered, then the port is closed for 5 s' },
  { phone: '19900000008', accepted: true, answer: 'gbk', meaning: 'accepted, answered in GBK, declared so' },
  { phone: '19900000009', accepted: false, answer: 'client-fault', meaning: 'a SOAP Client fault, whatever the binding' },
  { phone: '19900000010', accepted: false, answer: 'server-fault', meaning: 'a SOAP Server fault, whatever the binding' },
  { phone: '19900000011', accepted: true, answer: 'late', meaning: 'accepted, answered after 3 s' },
  { phone: '19900000012', accepted: true, answer: 'text-500', meaning: 'accepted, then a 500 as plain text' },
  { phone: '19900000014', accepted: false, answer: 'too-many', meaning: '429 before acceptance' },
  { phone: '19900000015', accepted: true, answer: 'faild-with-id', meaning: 'accepted, but answered Faild with a job id' },
];

/** Well-formed, but always in ErrorPhones; the rest of its call is not affected. */
export const WRONG_PHONE = '19900000013';

/** What decides over a call with these phones; `undefined` for a call without a magic phone. */
export function scenarioOf(phones: readonly string[]): Scenario | undefined {
  const present = new Set(phones);
  return SCENARIOS.find(({ phone }) => present.has(phone));
}

/** The first magic phone whose scenario only a front can carry out. */
export function connectionScenarioOf(phones: readonly string[]): Scenario | undefined {
  const present = new Set(phones);
  return SCENARIOS.find(({ phone, connection }) => connection !== undefined && present.has(phone));
}
