import * as z from 'zod/mini';
import { zoneProblem } from '../functions/shared/quiet-hours/zone.ts';
import { dialectSchema, limitsSchema } from '../functions/shared/settings.ts';
import { checkCallers } from './check-callers.ts';
import { checkConcurrency } from './concurrency.ts';
import { isLoopback } from './loopback.ts';
import type { StageSettings } from './stage-settings.ts';

/** The longest `?wait=`: the gateway's 29 s less what an answer needs. */
const LONGEST_WAIT = 20;

/** Every check, each of which answers what is wrong, as `setting: what`. */
const checks: ((settings: StageSettings) => string[])[] = [
  checkName,
  checkProvider,
  checkPhones,
  checkDropIn,
  checkEvents,
  checkWait,
  checkConcurrency,
  checkRegion,
  checkArns,
  checkCallers,
  ({ limits }) => bySchema('limits', limitsSchema, limits),
  ({ dialect }) => bySchema('dialect', dialectSchema, dialect),
];

/** @throws Error that names every setting of the stage with which it could not be deployed or would do harm */
export function checkStage(settings: StageSettings): void {
  const wrong = checks.flatMap((check) => check(settings));
  if (wrong.length > 0) throw new Error(`The stage ${settings.name} is not in order:\n${wrong.map((line) => `  ${line}`).join('\n')}`);
}

function checkName({ name }: StageSettings): string[] {
  return /^[a-z][a-z0-9]{0,19}$/.test(name) ? [] : ['name: a small letter, then up to 19 small letters and digits'];
}

function checkProvider({ sandbox, provider, production }: StageSettings): string[] {
  const { url, plainHttp, timeZone } = provider;
  const wrongZone = zoneProblem(timeZone);
  const zone = wrongZone ? [`provider.timeZone: ${wrongZone}`] : [];
  const standIn = production && sandbox !== 'none' ? ['sandbox: production has none'] : [];
  if (url === 'sandbox') return [...zone, ...standIn, ...(sandbox === 'none' ? ['provider.url: it calls the sandbox, and has none'] : [])];
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (protocol === 'http:' && !plainHttp)
    return [
      ...zone,
      ...standIn,
      `provider.plainHttp: ${url} would carry token, texts and phones unencrypted; if that is meant, set plainHttp: true`,
    ];
  return [
    ...zone,
    ...standIn,
    ...(protocol === 'https:' || protocol === 'http:' ? [] : [`provider.url: ${url} is neither https nor http`]),
  ];
}

/** Outside production, a real provider is called only for phones that the stage names. */
function checkPhones({ production, provider: { url }, limits }: StageSettings): string[] {
  if (production || url === 'sandbox' || isLoopback(url) || limits.allowedPhones !== null) return [];
  return ['limits.allowedPhones: outside production, a stage that calls a real provider must name whom it may reach'];
}

function checkDropIn({ asmx, authorization }: StageSettings): string[] {
  if (asmx === null) return [];
  const { allowFrom } = asmx;
  if (allowFrom === 'open')
    return authorization === 'none' ? [] : ['asmx.allowFrom: any address could call the drop-in endpoint; name addresses'];
  const wide = allowFrom.ipRanges.find((range) => /\/0$/.test(range));
  if (wide !== undefined) return [`asmx.allowFrom: any address could call the drop-in endpoint (${wide})`];
  return allowFrom.ipRanges.length > 0 ? [] : ['asmx.allowFrom: it is empty, so that the drop-in endpoint could not be called'];
}

function checkEvents({ events }: StageSettings): string[] {
  const names = events.deliveries.map(({ name }) => name);
  return [
    ...events.sources.flatMap(({ account }, index) =>
      account === undefined || /^\d{12}$/.test(account) ? [] : [`events.sources[${index}].account: ${account} is no account of 12 digits`],
    ),
    ...events.deliveries.flatMap(({ name, url, hours }, index) => [
      ...(/^[a-z][a-z0-9-]*$/.test(name) ? [] : [`events.deliveries[${index}].name: small letters, digits and dashes`]),
      ...(names.indexOf(name) === index ? [] : [`events.deliveries[${index}].name: ${name} stands twice`]),
      ...(url.startsWith('https://') ? [] : [`events.deliveries[${index}].url: the delivery ${name} needs an https address`]),
      ...(hours > 0 && hours <= 24 ? [] : [`events.deliveries[${index}].hours: above 0, up to 24`]),
    ]),
  ];
}

function checkWait({ longestWaitSeconds: seconds }: StageSettings): string[] {
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST_WAIT ? [] : [`longestWaitSeconds: 0 to ${LONGEST_WAIT}`];
}

/** In aws-cn, a route without IAM authorisation and a domain of one's own need an ICP licence. */
function checkRegion({ region, authorization, asmx }: StageSettings): string[] {
  if (!region?.startsWith('cn-')) return [];
  return [
    ...(authorization === 'iam' ? [] : [`authorization: in ${region} every route needs iam`]),
    ...(asmx === null ? [] : [`asmx: its routes are unsigned, which ${region} does not allow`]),
  ];
}

function checkArns({ webAclArn, keyArn, domain, alarmTopicArn, region, network }: StageSettings): string[] {
  const partition = region === null ? '[a-z-]+' : region.startsWith('cn-') ? 'aws-cn' : '[a-z-]+';
  const arns = { webAclArn, keyArn, alarmTopicArn, 'domain.certificateArn': domain?.certificateArn };
  const services = { webAclArn: 'wafv2', keyArn: 'kms', alarmTopicArn: 'sns', 'domain.certificateArn': 'acm' };
  const wrong = Object.entries(arns).filter(([setting, arn]) => {
    const service = services[setting as keyof typeof services];
    return arn !== null && arn !== undefined && !new RegExp(`^arn:${partition}:${service}:${region ?? '[a-z0-9-]+'}:\\d{12}:`).test(arn);
  });
  const sameLength = network === null || network.subnetIds.length === network.availabilityZones.length;
  return [
    ...wrong.map(([setting, arn]) => `${setting}: ${arn} is no ARN of ${services[setting as keyof typeof services]} in the stage's region`),
    ...(network?.subnetIds.length === 0 ? ['network.subnetIds: at least one'] : []),
    ...(!sameLength ? ['network.availabilityZones: one for each subnet, in their order'] : []),
  ];
}

function bySchema(setting: string, schema: z.ZodMiniType, value: unknown): string[] {
  const parsed = z.safeParse(schema, value);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${[setting, ...path].join('.')}: ${message}`);
}
