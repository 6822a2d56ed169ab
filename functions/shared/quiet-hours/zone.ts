/** Wall-clock times are written as the milliseconds that they would be in UTC. */

const DAY = 24 * 3_600_000;

/** Whether a text names a zone of the IANA database. Intl takes offsets such as `+08:00` for zones: they are none. */
export function isZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text) || replacementOf(text) !== undefined) return false;
  try {
    formatOf(text);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with the name of a zone, and what to write instead; `undefined` for a zone of the IANA database. */
export function zoneProblem(text: string): string | undefined {
  if (isZone(text)) return undefined;
  const instead = replacementOf(text);
  return instead === undefined
    ? 'Expected a zone of the IANA database, such as Asia/Shanghai.'
    : `${text} is no zone of the IANA database, and different people mean different clocks by it. Write ${instead}.`;
}

/** Intl takes these names too, which ICU keeps from the first years of Java: not as what most people mean by them. */
const LEFTOVERS: Readonly<Record<string, string>> = {
  ACT: 'Australia/Darwin, or Australia/Sydney for Canberra',
  AET: 'Australia/Sydney',
  AGT: 'America/Argentina/Buenos_Aires',
  ART: 'America/Argentina/Buenos_Aires, or Africa/Cairo',
  AST: 'America/Halifax, Asia/Riyadh or America/Anchorage',
  BET: 'America/Sao_Paulo',
  BST: 'Europe/London, or Asia/Dhaka',
  CAT: 'Africa/Maputo',
  CNT: 'America/St_Johns',
  CST: 'Asia/Shanghai, or America/Chicago',
  CTT: 'Asia/Shanghai',
  EAT: 'Africa/Nairobi',
  ECT: 'Europe/Paris, or America/Guayaquil',
  IET: 'America/Indiana/Indianapolis',
  IST: 'Asia/Kolkata, Asia/Jerusalem or Europe/Dublin',
  JST: 'Asia/Tokyo',
  MIT: 'Pacific/Apia',
  NET: 'Asia/Yerevan',
  NST: 'America/St_Johns, or Pacific/Auckland',
  PLT: 'Asia/Karachi',
  PNT: 'America/Phoenix',
  PRT: 'America/Puerto_Rico',
  PST: 'America/Los_Angeles, or Asia/Manila',
  SST: 'Pacific/Guadalcanal, or Asia/Singapore',
  VST: 'Asia/Ho_Chi_Minh',
  'CANADA/EAST-SASKATCHEWAN': 'America/Regina',
  'US/PACIFIC-NEW': 'America/Los_Angeles',
};

function replacementOf(text: string): string | undefined {
  const name = text.toUpperCase();
  if (name.startsWith('SYSTEMV/')) return 'a place, such as America/New_York';
  return Object.hasOwn(LEFTOVERS, name) ? LEFTOVERS[name] : undefined;
}

/** What the clocks of a zone show at a moment (epoch milliseconds). */
export function wallAt(zone: string, at: number): number {
  return at + offsetAt(zone, at);
}

/**
 * The moments (epoch milliseconds, in order) at which the clocks of a zone show a time: one as a rule, none where they skip it, two
 * where they repeat it. Exact as long as a zone changes its clocks once within two days.
 */
export function momentsOf(zone: string, wall: number): number[] {
  const offsets = new Set([offsetAt(zone, wall - DAY), offsetAt(zone, wall + DAY)]);
  const moments = [...offsets].map((offset) => wall - offset).filter((at) => wallAt(zone, at) === wall);
  return moments.toSorted((one, other) => one - other);
}

/** What the clocks of a zone are ahead of UTC at a moment (milliseconds). */
function offsetAt(zone: string, at: number): number {
  const name = formatOf(zone)
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours, minutes = 0, seconds = 0] = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name ?? '') ?? [];
  if (!sign) return 0;
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -size : size;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one takes longer than using it. @throws RangeError for what is no zone */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  // A caller may name any zone in any way of writing it: what is kept is not.
  if (formats.size < 50) formats.set(zone, format);
  return format;
}
