import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { checkOut, npmStart, type Started } from './npm-start.ts';

/**
 * `npm run bench -- load [sends] [commit]`: single sends over HTTP against `npm start`, from 8 and from 64 callers, beside the same against
 * an earlier commit; start, memory, and whether each message is in the sandbox's ledger once. Ends with 1 when a limit is missed.
 */
const [sends = 1_500, commit = 'c8221d8'] = [process.argv[2] && Number(process.argv[2]), process.argv[3]].map(
  (given) => given || undefined,
) as [number?, string?];
const CALLERS = [8, 64];
/** Both systems are loaded in turns, since a machine may be half as fast a minute later. The earlier one is slower: it gets fewer sends. */
const TURNS = 5;
const EARLIER_SHARE = 5;
/** What a system does after its answers must not fall into the other's turn (milliseconds). */
const REST = 3_000;

let missed = 0;
function report(name: string, value: number, unit: string, limit: number, kind: 'at least' | 'at most'): void {
  const isMet = kind === 'at least' ? value >= limit : value <= limit;
  if (!isMet) missed += 1;
  console.log(`${isMet ? '  ' : '! '}${name.padEnd(44)} ${value.toFixed(1).padStart(8)} ${unit.padEnd(8)} ${kind} ${limit}`);
}

let used = 0;
const nextPhone = (): string => String(13_800_000_000 + used++);

/** One send. @returns milliseconds */
async function send(agent: Agent, api: string, phone: string): Promise<number> {
  const body = JSON.stringify({ pattern: '【签名】您的包裹到了', recipients: [phone], smsType: 1 });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), 'Idempotency-Key': randomUUID() };
  const begun = performance.now();
  const answer = await new Promise<string>((done, failed) => {
    request(`${api}/v1/jobs`, { agent, method: 'POST', headers }, async (response) => {
      const read = await text(response);
      if (response.statusCode === 201 || response.statusCode === 202) done(read);
      else failed(new Error(`${response.statusCode} ${read}`));
    })
      .on('error', failed)
      .end(body);
  });
  if (JSON.parse(answer).counts.total !== 1) throw new Error(answer);
  return performance.now() - begun;
}

/** Loads a system, and adds up what is seen of it. */
class Load {
  readonly #system: Started;
  readonly #callers: number;
  readonly #took: number[] = [];
  #seconds = 0;
  /** The most memory that it took, in MB. */
  peak = 0;

  constructor(system: Started, callers: number) {
    this.#system = system;
    this.#callers = callers;
  }

  async sendTo(phones: readonly string[]): Promise<void> {
    const { api, memory } = this.#system;
    const agent = new Agent({ keepAlive: true, maxSockets: this.#callers });
    const left = [...phones];
    const watch = setInterval(() => {
      this.peak = Math.max(this.peak, memory());
    }, 500);
    const begun = performance.now();
    const caller = async (): Promise<void> => {
      for (let phone = left.pop(); phone !== undefined; phone = left.pop()) this.#took.push(await send(agent, api, phone));
    };
    await Promise.all(Array.from({ length: this.#callers }, caller));
    this.#seconds += (performance.now() - begun) / 1000;
    clearInterval(watch);
    agent.destroy();
  }

  get perSecond(): number {
    return this.#took.length / this.#seconds;
  }

  /** Milliseconds. */
  quantile(share: number): number {
    return sorted(this.#took)[Math.min(this.#took.length - 1, Math.floor(this.#took.length * share))] ?? 0;
  }

  toString(): string {
    const [p50, p99] = [0.5, 0.99].map((share) => this.quantile(share).toFixed(0));
    return `${this.perSecond.toFixed(1)} a second, p50 ${p50}, p99 ${p99} ms`;
  }
}

/** How often each phone is in the ledger. */
async function ledgerOf({ ledger }: Started): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = (await (await fetch(`${ledger}?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)).json()) as {
      messages: { phone: string }[];
      next: string | null;
    };
    for (const { phone } of page.messages) counts.set(phone, (counts.get(phone) ?? 0) + 1);
    cursor = page.next;
  }
  return counts;
}

const sorted = (values: number[]): number[] => values.sort((one, other) => one - other);

async function measureStarts(): Promise<void> {
  await (await npmStart()).stop();
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const started = await npmStart();
    times.push(started.readyAfter);
    if (round === 4) {
      await delay(30_000);
      report('idle, half a minute after the start', started.memory(), 'MB', 400, 'at most');
    }
    await started.stop();
  }
  report('ready, median of five', sorted(times)[2] ?? 0, 's', 3, 'at most');
}

async function compare(): Promise<void> {
  const checkout = checkOut(commit);
  const systems: Started[] = [];
  try {
    const earlier = await npmStart(checkout.folder);
    systems.push(earlier);
    const now = await npmStart();
    systems.push(now);
    const sent: string[] = [];
    for (const callers of CALLERS) {
      const [before, after] = [new Load(earlier, callers), new Load(now, callers)];
      for (let turn = 0; turn < TURNS; turn++) {
        const phones = Array.from({ length: Math.ceil(sends / TURNS) }, nextPhone);
        sent.push(...phones);
        await after.sendTo(phones);
        await delay(REST);
        await before.sendTo(Array.from({ length: Math.ceil(phones.length / EARLIER_SHARE) }, nextPhone));
        await delay(REST);
      }
      console.log(`   ${callers} callers: ${commit} ${before}`);
      console.log(`   ${callers} callers: now     ${after}`);
      report(`${callers} callers: sends a second, of ${commit}'s`, after.perSecond / before.perSecond, 'times', 5, 'at least');
      report(`${callers} callers: p99 of p50`, after.quantile(0.99) / after.quantile(0.5), 'times', 4, 'at most');
      report(`${callers} callers: memory`, after.peak, 'MB', 800, 'at most');
    }
    await delay(60_000);
    report('a minute after it', now.memory(), 'MB', 450, 'at most');
    const counts = await ledgerOf(now);
    report('lost', sent.filter((phone) => !counts.has(phone)).length, 'messages', 0, 'at most');
    report('sent twice', [...counts.values()].filter((count) => count > 1).length, 'messages', 0, 'at most');
  } finally {
    for (const system of systems) await system.stop();
    checkout.remove();
  }
}

await measureStarts();
await compare();
process.exitCode = missed === 0 ? 0 : 1;
